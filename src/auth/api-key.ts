import { createHash, timingSafeEqual } from 'node:crypto'
import { type Credentials, type Identify, Unauthenticated } from './authenticate'
import { bearerToken, checkedToken } from './bearer'
import type { ApiKey } from './key-file'
import type { KeyRing } from './key-ring'
import { toCaller } from './scopes'

/** `TASK_GATEWAY_AUTH=api-key`: a key of the ring in `authorization: Bearer …` or `x-api-key`, not in both. */
export function identifyByKey(ring: KeyRing): Identify {
  return async (credentials) => {
    const presented = presentedKey(credentials)
    const key = findKey(await ring.keys(), createHash('sha256').update(presented).digest())
    if (key === null) throw new Unauthenticated('the key is in no entry of the file')
    return {
      caller: toCaller(key.name, key.scopes, key),
      expiresMs: null,
      onWithdrawal: (withdrawn) => ring.watch(key, withdrawn),
    }
  }
}

function presentedKey({ authorization, apiKey }: Credentials): string {
  if (authorization !== undefined && apiKey !== undefined)
    throw new Unauthenticated('there are two credentials, in authorization and in x-api-key')
  if (apiKey === undefined && authorization === undefined) throw new Unauthenticated('there is no credential')
  const key = apiKey === undefined ? bearerToken(authorization ?? '') : checkedToken(apiKey)
  if (key === null) throw new Unauthenticated('the credential has not the form of one key')
  return key
}

/** Compares with every key in constant time, so that the time taken tells nothing of any. */
function findKey(keys: readonly ApiKey[], hash: Buffer): ApiKey | null {
  let found: ApiKey | null = null
  for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key
  return found
}
