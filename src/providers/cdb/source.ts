import type { CallContext } from '../../call-context'
import { CostTally } from '../../call-cost'
import { UpstreamFailure } from '../../failure'
import { MAX_LIMIT, type SourcePage, type TaskSource } from '../../tasks/source'
import { upstreamRequest } from '../../tencent/request'
import { isList } from '../list-response'
import { parseOnce } from '../parse-once'
import type { Provider, SourceOptions } from '../provider'
import { findJob, MOST_FIND_CALLS } from './find'
import { ASKABLE_STATUSES, planCdb, planNewer } from './request'
import { CDB_ROWS, parseCdbPage } from './response'

/** TencentDB for MySQL. */
export const cdb: Provider = {
  name: 'CDB',
  service: 'cdb',
  version: '2017-03-20',
  instancePrefixes: ['cdb'],
  isList: (response) => isList(response, CDB_ROWS),
  createSource,
}

const INSTANCE_NOT_FOUND = 'InvalidParameter.InstanceNotFound'

function createSource({ key, call, ownerOf, report, now }: SourceOptions): TaskSource {
  const read = parseOnce((response, told) => parseCdbPage(response, key, told), report)
  const ask = async (
    parameters: object,
    offset: number,
    limit: number,
    context: CallContext,
  ): Promise<SourcePage> => {
    try {
      const request = upstreamRequest('DescribeTasks', { ...parameters, Offset: offset, Limit: limit })
      return read(await call(request, context))
    } catch (error) {
      if (!isUnknownInstance(error)) throw error
      const askedAtMs = now()
      return { rows: [], total: 0, askedAtMs, cost: { ...error.cost, oldestMs: askedAtMs } }
    }
  }
  return {
    key,
    askableStatuses: ASKABLE_STATUSES,
    mostFindCalls: MOST_FIND_CALLS,
    plan: (filter) => planCdb(filter, ownerOf),
    before: planNewer,
    page: (plan, offset, limit, context) => ask(plan.parameters, offset, limit, context),
    async find(id, context) {
      const spent = new CostTally()
      const page = async (parameters: object, offset: number): Promise<SourcePage> => {
        const answer = await ask(parameters, offset, MAX_LIMIT, context)
        spent.add(answer.cost)
        return answer
      }
      try {
        return { task: await findJob(id, page), cost: spent }
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error
        spent.add(error.cost)
        throw error.with({ cost: spent })
      }
    },
  }
}

/** An instance that the cloud does not know (any more) has no tasks, which is no failure. */
function isUnknownInstance(error: unknown): error is UpstreamFailure {
  return error instanceof UpstreamFailure && error.upstreamCode === INSTANCE_NOT_FOUND
}
