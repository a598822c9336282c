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
  readonly pressure: PressureLimits
  /** Origins whose pages may ask. */
  readonly corsOrigins: readonly string[]
  readonly timeouts: RequestTimeouts
}

/** Beyond which of these nothing more is taken on. */
export interface PressureLimits {
  /** On average over a second; a healthy event loop has a few milliseconds. */
  readonly eventLoopDelayMs: number
  /** The part of the heap that V8 may have; beyond it, it does little else than to collect. */
  readonly heapShare: number
}

/** How long a request may take to come in. */
export interface RequestTimeouts {
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
    pressure: { eventLoopDelayMs: 1000, heapShare: 0.9 },
    corsOrigins: parseOrigins(environment),
    timeouts: { headersMs: 10_000, requestMs: 15_000 },
  }
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
