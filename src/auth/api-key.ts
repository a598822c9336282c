import { createHash, timingSafeEqual } from 'node:crypto'
import { type Credentials, type Identify, Unauthenticated } from './authenticate'
import { bearerToken, checkedToken } from './bearer'
import { type ApiKey, readKeyFile, type KeyFile } from './key-file'
import { toCaller } from './limits'
import { isDeepStrictEqual } from 'node:util'
import { WatchedFile } from '../lib/watched-file'
import type { Later } from '../time-limit'

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

interface KeyRingOptions {
  readonly path: string
  /** As it was read at the start. */
  readonly first: KeyFile
  readonly now: () => number
  /** Between two looks while a key is watched. */
  readonly later: Later
  /** Called with every later version of the file. If it has problems, the last valid keys stay in use. */
  readonly report: (file: KeyFile) => void
}

interface KeyRing {
  /** The keys that hold now. */
  keys(): Promise<readonly ApiKey[]>
  /** Calls once when the ring has this key no more, or with other rights; gives what ends the watch. */
  watch(key: ApiKey, gone: () => void): () => void
}

interface Watch {
  /** The entry in the version of the file that was read last. */
  key: ApiKey
  readonly gone: () => void
}

const CHECK_EVERY_MS = 1000

/**
 * The keys of a file, which is read again when it has changed; once a second while a key is watched. While it is wrong,
 * being written, or gone, the last good keys stay.
 */
export function createKeyRing({ path, first, now, later, report }: KeyRingOptions): KeyRing {
  let { keys } = first
  const read = async (): Promise<boolean> => {
    const file = await readKeyFile(path)
    if (file.problems.length === 0) keys = file.keys
    report(file)
    return true
  }
  const watched = new WatchedFile(path, first.version, now, read)
  const current = async (): Promise<readonly ApiKey[]> => {
    await watched.check()
    return keys
  }
  return { keys: current, watch: watchKeys(current, later) }
}

/** Asks for the keys once a second while anybody watches one. */
function watchKeys(current: KeyRing['keys'], later: Later): KeyRing['watch'] {
  const watches = new Set<Watch>()
  let callOff: (() => void) | null = null
  let isChecking = false

  const check = async (): Promise<void> => {
    callOff = null
    isChecking = true
    const keys = await current()
    for (const watch of watches) {
      const found = find(keys, watch.key)
      if (found !== undefined) {
        watch.key = found
        continue
      }
      watches.delete(watch)
      watch.gone()
    }
    isChecking = false
    plan()
  }
  const plan = (): void => {
    if (isChecking) return
    if (watches.size > 0) callOff ??= later(() => void check(), CHECK_EVERY_MS)
    else {
      callOff?.()
      callOff = null
    }
  }
  return (key, gone) => {
    const watch = { key, gone }
    watches.add(watch)
    plan()
    return () => {
      watches.delete(watch)
      plan()
    }
  }
}

/** The entry that says the same, whichever version of the file it is of. */
function find(keys: readonly ApiKey[], wanted: ApiKey): ApiKey | undefined {
  return keys.includes(wanted) ? wanted : keys.find((key) => isDeepStrictEqual(key, wanted))
}
