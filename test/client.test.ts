import { readFileSync } from 'node:fs'
import { request } from './client/client'
import { generate, GENERATED } from './client/generate'
import {
  TaskDetailDocument,
  TaskPageDocument,
  type TaskPageQuery,
  type TaskRowFragment,
  type TaskStatus,
} from './client/generated'
import { startGateway, type TestGateway } from './support/gateway'
import { worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const START = '2024-01-01 00:00:0'

/** Every word that a frontend must have a label for, by its type: one that is missing does not compile. */
const LABELS = {
  PENDING: 'pending',
  WAITING: 'waiting',
  RUNNING: 'running',
  PAUSED: 'paused',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  REMOVED: 'removed',
  UNKNOWN: 'not known',
} as const satisfies Record<TaskStatus, string>

/** A row as a frontend shows it; the type of the task tells which fields it has. */
function show(task: TaskRowFragment): string {
  const label = task.status === 'UNKNOWN' ? `${LABELS.UNKNOWN}: ${task.rawStatus}` : LABELS[task.status]
  switch (task.__typename) {
    case 'CdbTask':
      return `MySQL ${task.taskId} ${label}, code ${task.code ?? 'none'}`
    case 'PostgresTask':
      return `PostgreSQL ${task.taskId} ${label}, switch ${task.switchMode ?? 'none'}`
  }
}

describe('a typed client', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    const world = worldOf({
      cdb: {
        [REGION]: [
          { JobId: 1, StartTime: `${START}1`, Code: 0 },
          { JobId: 2, StartTime: `${START}3`, TaskStatus: 'HIBERNATING' },
        ],
      },
      postgres: { [REGION]: [{ TaskId: 3, StartTime: `${START}2` }] },
    })
    gateway = await startGateway({ emulator: { world } })
  })
  afterAll(() => gateway.close())

  it('is generated from the published schema: npm run client writes it', async () => {
    expect(readFileSync(GENERATED, 'utf8')).toBe(await generate())
  })

  it('reads page by page, each task by its own kind, and words that nobody knew', async () => {
    const shown: string[] = []
    for (let after: string | null = null; ;) {
      const { tasks }: TaskPageQuery = await request(gateway.url, TaskPageDocument, { first: 2, after })
      if (tasks === null) throw new Error('every source has failed')
      expect(tasks.totalCount).toBe(3)
      expect(tasks.sources.map(({ source, error }) => [source.state, error])).toEqual([
        ['AVAILABLE', null],
        ['AVAILABLE', null],
      ])
      shown.push(...tasks.nodes.map(show))
      if (!tasks.pageInfo.hasNextPage) break
      after = tasks.pageInfo.endCursor
    }
    expect(shown).toEqual([
      'MySQL 2 not known: HIBERNATING, code 0',
      expect.stringMatching(/^PostgreSQL 3 succeeded, switch /),
      'MySQL 1 succeeded, code 0',
    ])
  })

  it('finds one task by its id, with its instances', async () => {
    const filter = { providers: ['POSTGRES'] } as const
    const { tasks } = await request(gateway.url, TaskPageDocument, { filter })
    const [listed] = tasks?.nodes ?? []
    const { task } = await request(gateway.url, TaskDetailDocument, { id: listed?.id ?? '' })
    expect(task).toEqual({
      ...listed,
      instances: [{ id: expect.any(String) as unknown, provider: 'POSTGRES' }],
    })
  })
})
