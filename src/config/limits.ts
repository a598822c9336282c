import { BlockList, isIP } from 'node:net'
import type { Environment } from './environment'

/** What callers may ask, and how. */
export interface LimitsConfig {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
  /** The most fields of all objects together that one response may have. */
  readonly maxObjects: number
  /** The most bytes of one response. */
  readonly maxAnswerBytes: number
  /** Upstream calls a second that one caller may spend; 0 is as many as they like. */
  readonly callerRate: number
  /** Requests that may be under way at once. */
  readonly maxInFlight: number
  /** The part of these, and of the WebSocket connections, that one caller may hold. */
  readonly callerShare: number
  /** Proxies whose `x-forwarded-for` counts. */
  readonly trustedProxies: BlockList
  readonly pressure: PressureLimits
  /** Origins whose pages may ask. */
  readonly corsOrigins: readonly string[]
  readonly timeouts: RequestTimeouts
}

/** Beyond which of these nothing more is taken on. */
interface PressureLimits {
  /** On average over a second; a healthy event loop has a few milliseconds. */
  readonly eventLoopDelayMs: number
  /** The part of the heap that V8 may have; beyond it, it does little else than to collect. */
  readonly heapShare: number
}

/** How long a request may take to come in. */
interface RequestTimeouts {
  readonly headersMs: number
  readonly requestMs: number
}

export function parseLimits(environment: Environment): LimitsConfig {
  return {
    maxCost: environment.integer('TASK_GATEWAY_MAX_COST', { min: 1, max: 1_000_000, fallback: 200 }),
    maxObjects: environment.integer('TASK_GATEWAY_MAX_OBJECTS', {
      min: 100,
      max: 10_000_000,
      fallback: 50_000,
    }),
    maxAnswerBytes: environment.integer('TASK_GATEWAY_MAX_ANSWER_BYTES', {
      min: 10_000,
      max: 1_000_000_000,
      fallback: 5_000_000,
    }),
    callerRate: environment.integer('TASK_GATEWAY_CALLER_RATE', { min: 0, max: 1_000_000, fallback: 0 }),
    maxInFlight: environment.integer('TASK_GATEWAY_MAX_IN_FLIGHT', { min: 1, max: 100_000, fallback: 2000 }),
    callerShare: parseShare(environment),
    trustedProxies: parseProxies(environment),
    pressure: { eventLoopDelayMs: 1000, heapShare: 0.9 },
    corsOrigins: parseOrigins(environment),
    timeouts: { headersMs: 10_000, requestMs: 15_000 },
  }
}

const DEFAULT_SHARE = 0.5

function parseShare(environment: Environment): number {
  const name = 'TASK_GATEWAY_CALLER_SHARE'
  const text = environment.text(name)
  if (text === null) return DEFAULT_SHARE
  const share = /^[01](\.\d{1,6})?$/.test(text) ? Number(text) : NaN
  if (share > 0 && share <= 1) return share
  environment.refuse(name, 'it must be a number above 0 and at most 1, such as 0.5')
  return DEFAULT_SHARE
}

function parseProxies(environment: Environment): BlockList {
  const name = 'TASK_GATEWAY_TRUSTED_PROXIES'
  const proxies = new BlockList()
  const entries = environment.list(name) ?? []
  if (!entries.every((entry) => addRange(proxies, entry)))
    environment.refuse(name, 'each entry must be an address or a CIDR range, such as 10.0.0.0/8')
  return proxies
}

/** False if the text is neither an address nor a range. */
function addRange(ranges: BlockList, text: string): boolean {
  const [, address = '', prefix] = /^([\da-fA-F.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const length = prefix === undefined ? bits : Number(prefix)
  if (version === 0 || length > bits) return false
  ranges.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
  return true
}

function parseOrigins(environment: Environment): readonly string[] {
  const name = 'TASK_GATEWAY_CORS_ORIGINS'
  const origins = environment.list(name) ?? []
  if (!origins.every(isOrigin))
    environment.refuse(
      name,
      'each entry must be an origin as a browser sends it, such as https://console.example.com, without a path; there is no "*"',
    )
  return origins
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** How much is served over WebSocket. */
export interface LiveConfig {
  /** Open at once, in this process. */
  readonly connections: number
  readonly subscriptionsPerConnection: number
  readonly idsPerSubscription: number
}

export function parseLive(environment: Environment): LiveConfig {
  const limit = (name: string, max: number, fallback: number) =>
    environment.integer(name, { min: 1, max, fallback })
  return {
    connections: limit('TASK_GATEWAY_LIVE_CONNECTIONS', 100_000, 1000),
    subscriptionsPerConnection: limit('TASK_GATEWAY_LIVE_SUBSCRIPTIONS_PER_CONNECTION', 10_000, 100),
    idsPerSubscription: limit('TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION', 1000, 100),
  }
}
