import { MAX_LIMIT, type TaskSource } from '../../tasks/source'
import { isList, listPages } from '../list-page'
import type { Provider, SourceOptions } from '../provider'
import { EARLIEST, planBefore, planPostgres } from './request'
import { POSTGRES_LIST } from './response'

/** TencentDB for PostgreSQL. */
export const postgres: Provider = {
  name: 'POSTGRES',
  service: 'postgres',
  version: '2017-03-12',
  instancePrefixes: ['postgres-', 'pg'],
  isList: (response) => isList(response, POSTGRES_LIST),
  createSource,
}

function createSource(options: SourceOptions): TaskSource {
  const page = listPages(options, POSTGRES_LIST)
  return {
    key: options.key,
    askableStatuses: [],
    mostFindCalls: 1,
    isFindCertain: true,
    plan: (filter, order) => planPostgres(filter, order, options.ownerOf),
    before: planBefore,
    page,
    async find({ number }, context) {
      const parameters = { TaskId: number, ...EARLIEST }
      const { rows, cost } = await page({ parameters }, 0, MAX_LIMIT, context)
      return { task: rows.find((task) => task?.number === number) ?? null, cost }
    },
  }
}
