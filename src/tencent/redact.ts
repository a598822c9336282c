import type { Credential } from './credentials'

/** Shorter ones are no real keys, and taking them out would take words apart. */
const SHORTEST_SECRET = 8

/** A function that takes this credential out of texts: an upstream may quote what it was sent. */
export function hiding(credential: Credential): (text: string) => string {
  const secrets = [credential.secretKey, credential.token ?? '', credential.secretId].filter(
    (secret) => secret.length >= SHORTEST_SECRET,
  )
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text)
}
