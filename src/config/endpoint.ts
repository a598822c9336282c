import type { Environment } from './environment'
import { isLoopback } from './loopback'

/** An origin; https except to loopback, where only this machine listens. */
export function parseEndpoint(environment: Environment, name: string, fallback: string): string {
  const origin = parseOrigin(environment, name)
  if (origin === null) return fallback
  const { protocol, hostname } = new URL(origin)
  if (protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    environment.refuse(name, 'it must be https, as only loopback may be reached without encryption')
    return fallback
  }
  return origin
}

/** The metadata service is reached over plain http: its address never leaves the machine. */
export function parseMetadataEndpoint(environment: Environment): string {
  return parseOrigin(environment, 'TASK_GATEWAY_METADATA_ENDPOINT') ?? 'http://metadata.tencentyun.com'
}

/** Null where it is not set, or wrong. */
function parseOrigin(environment: Environment, name: string): string | null {
  const text = environment.text(name)
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (text.includes('@')) {
    environment.refuseSecret(name, 'it must have no user name or password in it')
  } else if (url === null || !/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href) {
    environment.refuse(name, 'it must be http(s)://host or http(s)://host:port, without path or query')
  } else {
    return url.origin
  }
  return null
}
