import { UpstreamFailure } from '../../failure'
import type { CallContext } from '../../call-context'
import { MAX_LIMIT, type SourcePage, type TaskSource } from '../../tasks/source'
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
  isList: (answer) => isList(answer, CDB_ROWS),
  createSource,
}

const INSTANCE_NOT_FOUND = 'InvalidParameter.InstanceNotFound'

function createSource({ key, client, callsPerSecond, ownerOf, report, now }: SourceOptions): TaskSource {
  const parse = parseOnce((answer, told) => parseCdbPage(answer, key, told), report)
  const ask = async (
    parameters: object,
    offset: number,
    limit: number,
    scope: CallContext,
  ): Promise<SourcePage> => {
    try {
      const answer = await client.call(
        'DescribeTasks',
        { ...parameters, Offset: offset, Limit: limit },
        scope,
      )
      return parse(answer)
    } catch (error) {
      if (isUnknownInstance(error))
        return { rows: [], total: 0, requestId: error.requestId ?? '', askedAtMs: now() }
      throw error
    }
  }
  return {
    key,
    callsPerSecond,
    askableStatuses: ASKABLE_STATUSES,
    mostFindCalls: MOST_FIND_CALLS,
    plan: (filter) => planCdb(filter, ownerOf),
    before: planNewer,
    page: (plan, offset, limit, scope) => ask(plan.parameters, offset, limit, scope),
    find: (id, scope) =>
      findJob(id, (parameters, offset, under) => ask(parameters, offset, MAX_LIMIT, under), scope),
  }
}

/** An instance that the cloud does not know (any more) has no tasks, which is no failure. */
function isUnknownInstance(error: unknown): error is UpstreamFailure {
  return error instanceof UpstreamFailure && error.upstreamCode === INSTANCE_NOT_FOUND
}
