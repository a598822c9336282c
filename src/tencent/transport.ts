import type { Dispatcher } from 'undici'
import Pool from 'undici/lib/dispatcher/pool'

/** The connections to all upstreams; one for the whole process. */
export interface Transport {
  /** @param lane requests of one lane never wait for the connections of another, where many hang */
  connections(origin: string, lane: string): Pick<Dispatcher, 'dispatch'>
  /** Lets exchanges in flight finish. */
  close(): Promise<void>
  /** Ends exchanges in flight. */
  destroy(): Promise<void>
}

export interface TransportOptions {
  /** Per origin and lane. */
  readonly connections?: number
  readonly connectTimeoutMs?: number
  /** Shorter than the server's, or a request meets a connection that is just being closed. */
  readonly keepAliveTimeoutMs?: number
  readonly maxResponseBytes?: number
  /** What `loadProxy` gives; absent: every origin is reached directly. */
  readonly proxy?: OpenProxied | null
}

/** The proxy URL for each scheme of an origin (empty: none), and the hosts that are reached directly. */
export interface ProxySettings {
  readonly httpProxy: string
  readonly httpsProxy: string
  readonly noProxy: string
}

type Connections = Pick<Dispatcher, 'dispatch' | 'close' | 'destroy'>
export type OpenProxied = (options: Pool.Options) => Connections

/** Null without settings. All of undici is loaded here, which a gateway without a proxy does without. */
export async function loadProxy(settings: ProxySettings | null): Promise<OpenProxied | null> {
  if (settings === null) return null
  const { EnvHttpProxyAgent } = await import('undici')
  return (options) => new EnvHttpProxyAgent({ ...options, ...settings })
}

/** Keep-alive HTTP/1.1 pools, one per origin and lane. */
export function createTransport(options: TransportOptions = {}): Transport {
  const pools = new Map<string, Connections>()
  const every = async (end: (pool: Connections) => Promise<void>): Promise<void> => {
    await Promise.all([...pools.values()].map(end))
  }
  let ending: Promise<void> | null = null
  return {
    connections(origin, lane) {
      const key = `${origin} ${lane}`
      const pool = pools.get(key) ?? openPool(origin, options)
      pools.set(key, pool)
      return pool
    },
    close: () => (ending ??= every((pool) => pool.close())),
    destroy: () => (ending = every((pool) => pool.destroy())),
  }
}

function openPool(origin: string, options: TransportOptions): Connections {
  const common = {
    connections: options.connections ?? 64,
    pipelining: 1,
    // Each exchange has a limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.connectTimeoutMs ?? 2000 },
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 4000,
    // A server that announces its own timeout is followed up to here.
    keepAliveMaxTimeout: 30_000,
    maxResponseSize: options.maxResponseBytes ?? 8 * 1024 * 1024,
  }
  return options.proxy?.(common) ?? new Pool(origin, common)
}

/** Where the requests for one region go. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string
  /** The `Host` header, with the port unless it is the scheme's own; signed exactly as sent. */
  readonly host: string
}

/**
 * The endpoint of a region. The host does not choose the data's region, `X-TC-Region` does, except for the finance
 * regions (`-fsi`): they have a host of their own behind the cloud's standard name. A configured host is left alone.
 */
export function endpointFor(url: string, service: string, region: string | null): Endpoint {
  const { origin, host, protocol } = new URL(url)
  if (region === null || !region.endsWith('-fsi') || host !== `${service}.tencentcloudapi.com`) {
    return { origin, host }
  }
  const financeHost = `${service}.${region}.tencentcloudapi.com`
  return { origin: `${protocol}//${financeHost}`, host: financeHost }
}
