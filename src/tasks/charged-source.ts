import { UNCACHEABLE, type CostTally } from '../call-cost'
import { UpstreamFailure } from '../failure'
import type { TaskSource } from './source'

/** What a request asks a source for. */
export type AskedSource = Pick<TaskSource, 'before' | 'page' | 'find'>

/** The same source for one request: whatever is asked of it is added to what the request has cost. */
export function chargedSource(source: AskedSource, spent: CostTally): AskedSource {
  const charge = async <T extends { readonly cost: Parameters<CostTally['add']>[0] }>(
    asked: Promise<T>,
  ): Promise<T> => {
    try {
      const answer = await asked
      spent.add(answer.cost)
      return answer
    } catch (error) {
      if (error instanceof UpstreamFailure) spent.add(error.cost)
      // What is made without this answer lacks something.
      spent.add(UNCACHEABLE)
      throw error
    }
  }
  return {
    before: (plan, second) => source.before(plan, second),
    page: (plan, offset, limit, context) => charge(source.page(plan, offset, limit, context)),
    find: (id, context) => charge(source.find(id, context)),
  }
}
