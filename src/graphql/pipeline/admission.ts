import {
  GraphQLError,
  type DocumentNode,
  getVariableValues,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { GraphContext } from '../context'
import { exceeded } from '../refusal'
import { LRUCache } from 'lru-cache'
import { cut, MAX_MESSAGE_CHARACTERS, MAX_QUOTED_CHARACTERS } from '../errors'
import { MAX_ERRORS } from './document-limits'

interface AdmissionOptions {
  /** The most upstream calls that one operation may plan. */
  readonly maxCost: number
  /** The most fields of all objects together that the response of one operation may have. */
  readonly maxObjects: number
  /** Null where callers may spend what they like. */
  readonly limiter: CallerRateLimiter | null
  readonly report: AdmissionReport
}

/** What an operation plans. */
export interface PlannedCost {
  /** Upstream calls. */
  readonly calls: number
  /** Fields of all objects of the response together, aliases and equal objects counted. */
  readonly fields: number
}

interface AdmissionReport {
  /** An operation plans so many upstream calls. */
  operationCost(cost: number): void
}

/** Decides by its cost whether an operation may run, before anything is asked for it. */
export interface Admission {
  /** @throws GraphQLError QUERY_TOO_COSTLY, RATE_LIMITED */
  readonly admit: (cost: PlannedCost, context: GraphContext) => void
  /** Takes the price of a cached response; false if the caller cannot pay it. */
  readonly readmit: (cost: number, context: GraphContext) => boolean
  /** Milliseconds that the next event of a subscription which asks the upstreams must wait. */
  readonly eventDelayMs: (context: GraphContext) => number
  /** Charges the calls beyond the plan that the caller has not paid for yet. */
  readonly settle: (context: GraphContext) => void
}

/** So much may a caller owe, in milliseconds of its rate, before the events that it has to pay for are slowed. */
const TOLERATED_DEBT_MS = 10_000

export function createAdmission({ maxCost, maxObjects, limiter, report }: AdmissionOptions): Admission {
  return {
    admit({ calls, fields }, { payer, state }) {
      report.operationCost(calls)
      if (calls > maxCost) throw tooCostly(calls, maxCost)
      if (fields > maxObjects) throw tooLarge(Math.ceil(fields), maxObjects)
      const waitMs = limiter?.take(payer, calls) ?? null
      if (waitMs !== null) throw tooFast(waitMs)
      state.plannedCalls = calls
    },
    readmit(cost, { payer, state }) {
      if ((limiter?.take(payer, cost) ?? null) !== null) return false
      report.operationCost(cost)
      state.plannedCalls = cost
      return true
    },
    eventDelayMs: ({ payer }) => Math.max(0, (limiter?.owedMs(payer) ?? 0) - TOLERATED_DEBT_MS),
    settle({ payer, state, cost }) {
      if (state.plannedCalls === null) return
      const unpaid = cost.calls - state.plannedCalls - state.settledCalls
      if (unpaid <= 0) return
      limiter?.charge(payer, unpaid)
      state.settledCalls += unpaid
    },
  }
}

function tooCostly(cost: number, limit: number): GraphQLError {
  return exceeded(
    'cost',
    `The operation plans ${cost} upstream calls; at most ${limit} are allowed: ask for smaller pages, fewer sources or less at a time`,
    { cost, limit },
  )
}

function tooLarge(cost: number, limit: number): GraphQLError {
  return exceeded(
    'objects',
    `The response can have ${cost} fields in all its objects together; at most ${limit} are allowed (TASK_GATEWAY_MAX_OBJECTS): ask for smaller pages, fewer fields or fewer aliases`,
    { cost, limit },
  )
}

function tooFast(retryAfterMs: number): GraphQLError {
  return exceeded(
    'caller_rate',
    `You have spent the upstream calls that one caller may have; come again in ${retryAfterMs} ms`,
    { retryAfterMs },
  )
}

/** Limits the upstream calls that each caller may spend. */
interface CallerRateLimiter {
  /** Checks the budget and takes the cost in one step. Null, or the milliseconds to wait if nothing was taken. */
  take(payer: string, cost: number): number | null
  /** Takes what was spent beyond the plan. The caller owes what the budget does not cover. */
  charge(payer: string, cost: number): void
  /** Milliseconds until the caller owes nothing. */
  owedMs(payer: string): number
}

const SECOND_MS = 1000
/** Beyond this number, the caller that was not seen for the longest time is forgotten, and its debt with it. */
const MAX_CALLERS = 10_000

/**
 * A token bucket for each caller, kept as the instant at which it is full again (GCRA). It holds one second of `rate`.
 * A cost above that passes if the caller owes nothing, and must then be waited for, so that nobody is faster over time.
 */
export function createCallerRateLimiter(rate: number, now: () => number): CallerRateLimiter {
  const fullAt = new LRUCache<string, { ms: number }>({ max: MAX_CALLERS })
  let lastMs = now()
  let elapsedMs = 0
  /** The system clock may be set back, which must not block anybody. */
  const monotonicMs = (): number => {
    const atMs = now()
    elapsedMs += Math.max(0, atMs - lastMs)
    lastMs = atMs
    return elapsedMs
  }
  const charge = (payer: string, cost: number): void => {
    if (cost <= 0) return
    const known = fullAt.get(payer)
    const ms = Math.max(known?.ms ?? 0, monotonicMs()) + (cost / rate) * SECOND_MS
    if (known === undefined) fullAt.set(payer, { ms })
    else known.ms = ms
  }
  /** How long the bucket is still empty; negative if it is not. */
  const emptyMs = (payer: string): number => (fullAt.get(payer)?.ms ?? 0) - monotonicMs() - SECOND_MS
  return {
    charge,
    owedMs: (payer) => Math.max(0, emptyMs(payer)),
    take(payer, cost) {
      if (cost <= 0) return null
      const emptyForMs = emptyMs(payer)
      if (emptyForMs >= 0) return Math.floor(emptyForMs) + 1
      charge(payer, cost)
      return null
    },
  }
}

/** A selected operation with its valid document. */
export interface RequestedOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** As they were sent. */
  readonly variables: Variables
}

/** Values by the names of an operation's variables, as its fields get them. */
export type Variables = Readonly<Record<string, unknown>>

/** No valid value of a variable nests deeper; JSON from a request may. */
const MAX_QUOTED_DEPTH = 10

/**
 * Coerces the variables of a valid operation, once and before anything else looks at them.
 * @param hideSuggestions keeps similar names of the schema out of the errors
 * @returns the values, or what is wrong with them, each error a BAD_USER_INPUT
 */
export function coerceVariables(
  { schema, operation, variables }: RequestedOperation,
  hideSuggestions: boolean,
): Variables | readonly GraphQLError[] {
  const coerce = (values: Variables, maxErrors: number) =>
    getVariableValues(schema, operation.variableDefinitions ?? [], values, { maxErrors, hideSuggestions })
  const { coerced, errors } = coerce(variables, 1)
  if (coerced !== undefined) return coerced
  // The errors repeat the values, so they are made from shorter ones.
  return (coerce(shortened(variables), MAX_ERRORS).errors ?? errors).map(wrongVariable)
}

/** True for the errors of `coerceVariables`. */
export function isWrong(result: Variables | readonly GraphQLError[]): result is readonly GraphQLError[] {
  return Array.isArray(result)
}

function wrongVariable({ message, nodes = [] }: GraphQLError): GraphQLError {
  return new GraphQLError(cut(message, MAX_MESSAGE_CHARACTERS), {
    nodes,
    extensions: { code: 'BAD_USER_INPUT' },
  })
}

function shortened(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, shortenedValue(value, 1)]),
  )
}

function shortenedValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cut(value, MAX_QUOTED_CHARACTERS)
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_QUOTED_DEPTH) return null
  if (Array.isArray(value)) return value.map((item) => shortenedValue(item, depth + 1))
  const entries = Object.entries(value).map(([key, item]) => [
    cut(key, MAX_QUOTED_CHARACTERS),
    shortenedValue(item, depth + 1),
  ])
  return Object.fromEntries(entries)
}
