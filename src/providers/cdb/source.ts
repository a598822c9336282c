import { CostTally } from '../../call-cost'
import { UpstreamFailure } from '../../failure'
import { MAX_LIMIT, type SourcePage, type TaskSource, type SourcePlan } from '../../tasks/source'
import { isList, listPages } from '../list-page'
import type { Provider, SourceOptions } from '../provider'
import { findJob, MOST_FIND_CALLS } from './find'
import { ASKABLE_STATUSES, planCdb, planNewer } from './request'
import { CDB_LIST } from './response'

/** TencentDB for MySQL. */
export const cdb: Provider = {
  name: 'CDB',
  service: 'cdb',
  version: '2017-03-20',
  instancePrefixes: ['cdb'],
  isList: (response) => isList(response, CDB_LIST),
  createSource,
}

function createSource(options: SourceOptions): TaskSource {
  const page = listPages(options, CDB_LIST)
  return {
    key: options.key,
    askableStatuses: ASKABLE_STATUSES,
    mostFindCalls: MOST_FIND_CALLS,
    isFindCertain: false,
    plan: (filter) => planCdb(filter, options.ownerOf),
    before: planNewer,
    page,
    async find(id, context) {
      const spent = new CostTally()
      const ask = async (parameters: SourcePlan['parameters'], offset: number): Promise<SourcePage> => {
        const answer = await page({ parameters }, offset, MAX_LIMIT, context)
        spent.add(answer.cost)
        return answer
      }
      try {
        return { task: await findJob(id, ask), cost: spent }
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error
        spent.add(error.cost)
        throw error.with({ cost: spent })
      }
    },
  }
}
