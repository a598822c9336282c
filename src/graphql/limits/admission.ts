import type { GraphContext } from '../context'
import { costOf, type Operation } from './cost'
import { refusal, type RefusalCode } from './refusal'

export interface AdmissionOptions {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
  readonly report: AdmissionReport
}

export interface AdmissionReport {
  /** An operation plans so many upstream calls. */
  operationCost(cost: number): void
  refused(code: RefusalCode): void
}

/** Lets a valid operation run, or refuses it before anything is asked. @throws GraphQLError with a refusal's code */
export type Admit = (operation: Operation, context: GraphContext) => Promise<void>

export function createAdmission({ maxCost, report }: AdmissionOptions): Admit {
  return (operation, { core, caller, ownerOf }) => {
    const sources = core.sources(caller).map(({ key }) => key)
    const cost = costOf(operation, { sources, ownerOf })
    report.operationCost(cost)
    if (cost <= maxCost) return Promise.resolve()
    report.refused('QUERY_TOO_COSTLY')
    return Promise.reject(tooCostly(cost, maxCost))
  }
}

function tooCostly(cost: number, limit: number): Error {
  return refusal(
    'QUERY_TOO_COSTLY',
    `The operation plans ${cost} upstream calls; at most ${limit} are allowed: ask for smaller pages, fewer sources or less at a time`,
    { cost, limit },
  )
}
