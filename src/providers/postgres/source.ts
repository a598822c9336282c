import { MAX_LIMIT, type TaskSource } from '../../tasks/source'
import type { Provider, SourceOptions } from '../provider'
import { EARLIEST, planBefore, planPostgres } from './request'
import { parsePostgresPage } from './response'

/** TencentDB for PostgreSQL. */
export const postgres: Provider = {
  name: 'POSTGRES',
  service: 'postgres',
  version: '2017-03-12',
  instancePrefixes: ['postgres-', 'pg'],
  createSource,
}

function createSource({ key, client, callsPerSecond, ownerOf, report }: SourceOptions): TaskSource {
  const ask: TaskSource['page'] = async ({ parameters }, offset, limit, scope) => {
    const answer = await client.call('DescribeTasks', { ...parameters, Offset: offset, Limit: limit }, scope)
    return parsePostgresPage(answer, key, report)
  }
  return {
    key,
    callsPerSecond,
    plan: (filter, order) => planPostgres(filter, order, ownerOf),
    before: planBefore,
    page: ask,
    async find({ number }, scope) {
      const answer = await client.call(
        'DescribeTasks',
        { TaskId: number, ...EARLIEST, Offset: 0, Limit: MAX_LIMIT },
        scope,
      )
      const { rows } = parsePostgresPage(answer, key, report)
      return rows.find((task) => task?.number === number) ?? null
    },
  }
}
