import type { Environment } from './environment'

export interface UpstreamConfig {
  /** How long one GraphQL request may wait on the upstreams. */
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
  /** Calls per source that one page may spend on a filter its upstream lacks. */
  readonly scanCalls: number
  /** How old an answer may be that is served again; 0 serves none again. */
  readonly cacheTtlMs: number
  /** Absent: no proxy is used. */
  readonly proxy?: ProxyConfig
}

/** The proxy for each scheme (empty: none), and the hosts that are reached directly. */
export interface ProxyConfig {
  /** May hold a password. */
  readonly httpProxy: string
  /** May hold a password. */
  readonly httpsProxy: string
  readonly noProxy: string
}

/** This machine is never reached through another one. */
const DIRECT = ['localhost', '127.0.0.1', '[::1]']

export function parseUpstream(environment: Environment): UpstreamConfig {
  const proxy = parseProxy(environment)
  return {
    deadlineMs: environment.integer('TASK_GATEWAY_DEADLINE_MS', { min: 100, max: 120_000, fallback: 8000 }),
    attemptTimeoutMs: environment.integer('TASK_GATEWAY_ATTEMPT_TIMEOUT_MS', {
      min: 50,
      max: 60_000,
      fallback: 2000,
    }),
    scanCalls: environment.integer('TASK_GATEWAY_SCAN_CALLS', { min: 1, max: 1000, fallback: 20 }),
    cacheTtlMs: environment.integer('TASK_GATEWAY_CACHE_TTL_MS', { min: 0, max: 60_000, fallback: 1000 }),
    ...(proxy !== null && { proxy }),
  }
}

/** The names that other programs use, in small letters too, which come first as they do there. */
function parseProxy(environment: Environment): ProxyConfig | null {
  const [httpsProxy, httpProxy] = ['HTTPS_PROXY', 'HTTP_PROXY'].map((name) =>
    parseProxyUrl(environment, name),
  )
  const noProxy = environment.list(spelled(environment, 'NO_PROXY')) ?? []
  if ((!httpsProxy && !httpProxy) || noProxy.includes('*')) return null
  return {
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: [...noProxy, ...DIRECT].join(','),
  }
}

function parseProxyUrl(environment: Environment, upper: string): string {
  const name = spelled(environment, upper)
  const url = environment.text(name)
  if (url === null || (/^https?:\/\/./.test(url) && URL.canParse(url))) return url ?? ''
  environment.refuseSecret(name, 'it must be http(s)://[user:password@]host[:port]')
  return ''
}

function spelled(environment: Environment, upper: string): string {
  const lower = upper.toLowerCase()
  return environment.text(lower) === null ? upper : lower
}

/** Every form in which the passwords of proxies may come up. */
export function proxySecrets({ proxy }: UpstreamConfig): readonly string[] {
  return [proxy?.httpProxy, proxy?.httpsProxy].flatMap((url) => {
    const password = url ? new URL(url).password : ''
    return password === '' ? [] : [url ?? '', password, decodeURIComponent(password)]
  })
}
