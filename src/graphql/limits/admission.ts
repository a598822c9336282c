import type { GraphQLError } from 'graphql'
import type { GraphContext } from '../context'
import type { Budget } from './budget'
import { costOf, type Operation } from './cost'
import { refusal, type RefusalCode } from './refusal'
import type { Variables } from './variables'

export interface AdmissionOptions {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
  /** Null where callers may spend what they like. */
  readonly budget: Budget | null
  readonly report: AdmissionReport
}

export interface AdmissionReport {
  /** An operation plans so many upstream calls. */
  operationCost(cost: number): void
  refused(code: RefusalCode): void
}

export interface Admission {
  /**
   * Lets a valid operation run, or refuses it before anything is asked.
   * @param variables coerced values
   * @throws GraphQLError with a refusal's code, or BAD_USER_INPUT for a list that is too long
   */
  readonly admit: (operation: Operation, variables: Variables, context: GraphContext) => Promise<void>
  /** Takes the price of an answer that is given again; false where the caller cannot pay it. */
  readonly readmit: (cost: number, context: GraphContext) => Promise<boolean>
  /** When the operation has run: takes from the caller's budget what it has asked beyond its plan. */
  readonly settle: (context: GraphContext) => Promise<void>
}

export function createAdmission({ maxCost, budget, report }: AdmissionOptions): Admission {
  const refuse = (error: GraphQLError, code: RefusalCode): never => {
    report.refused(code)
    throw error
  }
  return {
    async admit(operation, variables, context) {
      const { core, caller, ownerOf, payer } = context
      const cost = costOf(operation, variables, {
        sources: core.sources(caller).map(({ key }) => key),
        ownerOf,
      })
      report.operationCost(cost)
      if (cost > maxCost) return refuse(tooCostly(cost, maxCost), 'QUERY_TOO_COSTLY')
      const waitMs = (await budget?.spend(payer, cost)) ?? null
      if (waitMs !== null) return refuse(tooFast(waitMs), 'RATE_LIMITED')
      context.note.cost = cost
    },
    async readmit(cost, context) {
      if (((await budget?.spend(context.payer, cost)) ?? null) !== null) return false
      report.operationCost(cost)
      context.note.cost = cost
      return true
    },
    async settle(context) {
      const planned = context.note.cost
      if (planned === null) return
      await budget?.charge(context.payer, Math.max(0, context.cost.calls - planned))
    },
  }
}

function tooCostly(cost: number, limit: number): GraphQLError {
  return refusal(
    'QUERY_TOO_COSTLY',
    `The operation plans ${cost} upstream calls; at most ${limit} are allowed: ask for smaller pages, fewer sources or less at a time`,
    { cost, limit },
  )
}

function tooFast(retryAfterMs: number): GraphQLError {
  return refusal(
    'RATE_LIMITED',
    `You have spent the upstream calls that one caller may have; come again in ${retryAfterMs} ms`,
    { retryAfterMs },
  )
}
