import type { GraphContext } from '../context'
import { costOf, type Operation } from './cost'
import { refusal } from './refusal'

export interface AdmissionOptions {
  /** The most calls to upstreams that one operation may plan. */
  readonly maxCost: number
  /** Told of what every operation plans. */
  readonly reportCost: (cost: number) => void
}

/** Lets a valid operation run, or refuses it before anything is asked. @throws GraphQLError with a refusal's code */
export type Admit = (operation: Operation, context: GraphContext) => Promise<void>

export function createAdmission({ maxCost, reportCost }: AdmissionOptions): Admit {
  return (operation, { core, caller, ownerOf }) => {
    const sources = core.sources(caller).map(({ key }) => key)
    const cost = costOf(operation, { sources, ownerOf })
    reportCost(cost)
    if (cost > maxCost) return Promise.reject(tooCostly(cost, maxCost))
    return Promise.resolve()
  }
}

function tooCostly(cost: number, limit: number): Error {
  return refusal(
    'QUERY_TOO_COSTLY',
    `The operation plans ${cost} upstream calls; at most ${limit} are allowed: ask for smaller pages, fewer sources or less at a time`,
    { cost, limit },
  )
}
