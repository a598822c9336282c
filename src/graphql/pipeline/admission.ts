import type { GraphQLError } from 'graphql'
import type { GraphContext } from '../context'
import { exceeded } from '../refusal'
import type { CallerRateLimiter } from './caller-rate-limiter'
import type { PlannedCost } from './operation-cost'

export interface AdmissionOptions {
  /** The most upstream calls that one operation may plan. */
  readonly maxCost: number
  /** The most fields of all objects together that the response of one operation may have. */
  readonly maxObjects: number
  /** Null where callers may spend what they like. */
  readonly limiter: CallerRateLimiter | null
  readonly report: AdmissionReport
}

export interface AdmissionReport {
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
