import { MAX_LIMIT, type TaskSource } from '../../tasks/source'
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
  isList: (answer) => isList(answer, POSTGRES_ROWS),
  createSource,
}

function createSource({ key, client, callsPerSecond, ownerOf, report }: SourceOptions): TaskSource {
  const parse = parseOnce((answer, told) => parsePostgresPage(answer, key, told), report)
  const ask: TaskSource['page'] = async ({ parameters }, offset, limit, scope) => {
    const answer = await client.call('DescribeTasks', { ...parameters, Offset: offset, Limit: limit }, scope)
    return parse(answer)
  }
  return {
    key,
    callsPerSecond,
    askableStatuses: [],
    mostFindCalls: 1,
    plan: (filter, order) => planPostgres(filter, order, ownerOf),
    before: planBefore,
    page: ask,
    async find({ number }, scope) {
      const answer = await client.call(
        'DescribeTasks',
        { TaskId: number, ...EARLIEST, Offset: 0, Limit: MAX_LIMIT },
        scope,
      )
      const { rows } = parse(answer)
      return rows.find((task) => task?.number === number) ?? null
    },
  }
}
