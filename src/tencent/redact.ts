import type { Credential } from './credentials'

/** A function that takes this credential out of texts: an upstream may quote what it was sent. */
export function hiding(credential: Credential): (text: string) => string {
  const secrets = [credential.secretKey, credential.token, credential.secretId]
    .filter((secret) => secret !== undefined)
    .filter((secret) => secret !== '')
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text)
}
