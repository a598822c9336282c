import type { CallContext } from '../../call-context'
import { MAX_LIMIT, type SourcePage, type TaskSource } from '../../tasks/source'
import { upstreamRequest } from '../../tencent/request'
import { isList } from '../list-response'
import { parseOnce } from '../parse-once'
import type { Provider, SourceOptions } from '../provider'
import { EARLIEST, planBefore, planPostgres } from './request'
import { parsePostgresPage, POSTGRES_ROWS } from './response'

/** TencentDB for PostgreSQL. */
export const postgres: Provider = {
  name: 'POSTGRES',
  service: 'postgres',
  version: '2017-03-12',
  instancePrefixes: ['postgres-', 'pg'],
  isList: (response) => isList(response, POSTGRES_ROWS),
  createSource,
}

function createSource({ key, call, ownerOf, report }: SourceOptions): TaskSource {
  const read = parseOnce((response, told) => parsePostgresPage(response, key, told), report)
  const ask = async (
    parameters: object,
    offset: number,
    limit: number,
    context: CallContext,
  ): Promise<SourcePage> => {
    const request = upstreamRequest('DescribeTasks', { ...parameters, Offset: offset, Limit: limit })
    return read(await call(request, context))
  }
  return {
    key,
    askableStatuses: [],
    mostFindCalls: 1,
    plan: (filter, order) => planPostgres(filter, order, ownerOf),
    before: planBefore,
    page: (plan, offset, limit, context) => ask(plan.parameters, offset, limit, context),
    async find({ number }, context) {
      const { rows, cost } = await ask({ TaskId: number, ...EARLIEST }, 0, MAX_LIMIT, context)
      return { task: rows.find((task) => task?.number === number) ?? null, cost }
    },
  }
}
