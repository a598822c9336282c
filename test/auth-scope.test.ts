import type { Emulator } from '../src/emulator/start'
import { at, listAt, textAt } from './support/answer'
import { createKeyFile, keyEntry, post, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { FACTS } from './support/task-fields'
import { accountsEnv, instanceOf, REGIONS, requestOf, startTwoAccounts } from './support/two-accounts'

const SCOPES = { scopes: ['tasks:read', 'tasks:detail'] }
const [GUANGZHOU = '', SHANGHAI = ''] = REGIONS
const KEYS = [
  keyEntry('all', 'all', SCOPES),
  keyEntry('reader', 'reader'),
  keyEntry('prod', 'prod', { ...SCOPES, accounts: ['prod'] }),
  keyEntry('guangzhou', 'guangzhou', { ...SCOPES, regions: [GUANGZHOU] }),
  keyEntry('cdb', 'cdb', { ...SCOPES, providers: ['CDB'] }),
  keyEntry('corner', 'corner', { ...SCOPES, accounts: ['prod'], regions: [GUANGZHOU], providers: ['CDB'] }),
  keyEntry('empty', 'empty', { ...SCOPES, providers: [] }),
  keyEntry('elsewhere', 'elsewhere', { ...SCOPES, accounts: ['gone'], regions: ['ap-nowhere'] }),
]

/** A gateway that has no more than a key may see; the same questions to both must have the same answers. */
const TWINS: readonly (readonly [string, Record<string, string>])[] = [
  ['prod', accountsEnv('prod')],
  ['guangzhou', { ...accountsEnv('prod', 'dev'), TENCENTCLOUD_REGION: GUANGZHOU }],
  [
    'cdb',
    { ...accountsEnv('prod', 'dev'), TENCENTCLOUD_REGION: '', TASK_GATEWAY_CDB_REGIONS: REGIONS.join(',') },
  ],
  ['corner', { ...accountsEnv('prod'), TENCENTCLOUD_REGION: '', TASK_GATEWAY_CDB_REGIONS: GUANGZHOU }],
]

const PAGE = `nodes { ...Facts } edges { cursor } totalCount pageInfo { endCursor hasNextPage }
  sources { totalCount source { name } error { code message } }`
const LIST = `query ($filter: TaskFilter, $after: String, $first: Int = 100, $orderBy: TaskOrder) {
  tasks(first: $first, filter: $filter, after: $after, orderBy: $orderBy) { ${PAGE} } } ${FACTS}`
const OF_PRODUCT = `query ($filter: TaskFilter) {
  cdb: cdbTasks(first: 100, filter: $filter) { nodes { ...Facts } totalCount }
  postgres: postgresTasks(first: 100, filter: $filter) { nodes { ...Facts } totalCount } } ${FACTS}`
const BY_ID = `query ($id: ID!) { task(id: $id) { ...Facts } node(id: $id) { id } nodes(ids: [$id]) { id } } ${FACTS}`
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Task { ...Facts } ... on DatabaseInstance { id tasks { totalCount nodes { id } } } } } ${FACTS}`
const BY_REQUEST = `query ($id: String!, $account: String, $region: String) {
  cdbTasksByRequest(asyncRequestId: $id, account: $account, region: $region) { ...Facts } } ${FACTS}`
const BY_NUMBER = `query ($number: String!, $account: String, $region: String) {
  postgresTask(taskId: $number, account: $account, region: $region) { ...Facts } } ${FACTS}`
const SOURCES = '{ taskSources { name provider account region state callsPerSecond lastSuccessAt } }'

let emulator: Emulator
let file: KeyFile
let gateway: TestGateway
/** What somebody who may see all has seen. */
let ids: readonly { readonly id: string; readonly type: string }[]
let cursor: string
const nowMs = Date.now()
const now = () => nowMs
beforeAll(async () => {
  emulator = await startTwoAccounts()
  file = await createKeyFile(KEYS)
  const env = { ...accountsEnv('prod', 'dev'), ...file.env }
  gateway = await startGateway({ inFrontOf: emulator, env, now })
  const page: unknown = JSON.parse(await answerOf(gateway, 'all', LIST, { first: 5 }))
  cursor = textAt(page, 'data', 'tasks', 'pageInfo', 'endCursor')
  const all: unknown = JSON.parse(await answerOf(gateway, 'all', LIST))
  ids = listAt(all, 'data', 'tasks', 'nodes').map((node) => ({
    id: textAt(node, 'id'),
    type: textAt(node, '__typename'),
  }))
})
afterAll(async () => {
  await gateway.close()
  await emulator.close()
  await file.remove()
})

/** The answer's text, but for how long its calls waited. */
async function answerOf(of: TestGateway, key: string, query: string, variables = {}): Promise<string> {
  const { text } = await post(of.url, { 'x-api-key': key }, query, variables)
  return text.replace(/"queuedMs":\d+/, '"queuedMs":0')
}

const places = ['prod', 'dev'].flatMap((account) => REGIONS.map((region) => ({ account, region })))
const instances = places.flatMap(({ account, region }) => [
  instanceOf('cdb', account, region),
  instanceOf('postgres', account, region),
])

/** Every way to ask for what may be hidden. */
function questions(): readonly (readonly [string, object])[] {
  const filters = [
    {},
    ...places.flatMap(({ account, region }) => [{ accounts: [account] }, { regions: [region] }]),
    { accounts: ['dev', 'prod'] },
    { accounts: ['nobody'] },
    { regions: ['ap-nowhere'] },
    { providers: ['POSTGRES'] },
    { providers: ['CDB'] },
    ...instances.map((id) => ({ instanceIds: [id] })),
    { statuses: ['SUCCEEDED'] },
  ]
  const wheres = [{}, ...places.slice(1, 3), { account: 'dev' }, { region: SHANGHAI }, { account: 'nobody' }]
  return [
    ...filters.flatMap((filter) => [[LIST, { filter }] as const, [OF_PRODUCT, { filter }] as const]),
    [LIST, { after: cursor }],
    [LIST, { orderBy: { field: 'ENDED_AT' }, filter: { providers: ['POSTGRES'] } }],
    ...ids.filter((_, at) => at % 3 === 0).map(({ id }) => [BY_ID, { id }] as const),
    [ENTITIES, { of: ids.map(({ id, type: __typename }) => ({ __typename, id })) }],
    [ENTITIES, { of: ids.map(({ id }) => ({ __typename: 'Task', id })) }],
    [ENTITIES, { of: instances.map((id) => ({ __typename: 'DatabaseInstance', id })) }],
    ...places.flatMap(({ account, region }) =>
      wheres.map((where) => [BY_REQUEST, { id: requestOf(account, region, 2), ...where }] as const),
    ),
    ...[1, 4, 6, 7].flatMap((number) =>
      wheres.map((where) => [BY_NUMBER, { number: String(number), ...where }] as const),
    ),
    [SOURCES, {}],
  ]
}

describe('what a caller may not see is not there', () => {
  it.each(TWINS)(
    'for the key %s, on every path, to the byte, as in a gateway that does not have it',
    async (key, env) => {
      const plain = await createKeyFile([keyEntry('all', key, SCOPES)])
      const twin = await startGateway({ inFrontOf: emulator, env: { ...env, ...plain.env }, now })
      try {
        for (const [query, variables] of questions()) {
          const [answer, expected] = await Promise.all(
            [gateway, twin].map((of) => answerOf(of, key, query, variables)),
          )
          expect([variables, answer]).toEqual([variables, expected])
        }
      } finally {
        await twin.close()
        await plain.remove()
      }
    },
    60_000,
  )

  it('for a key whose limits nothing here matches: no source, and no task on any path', async () => {
    const answers = await Promise.all(
      ['empty', 'elsewhere'].flatMap((key) =>
        questions().map(([query, variables]) => answerOf(gateway, key, query, variables)),
      ),
    )
    for (const answer of answers)
      expect(answer).not.toMatch(/"taskId"|"id":"(?!cdb-|postgres-)|ap-guangzhou\/|"calls":[1-9]/)
    expect(await answerOf(gateway, 'empty', SOURCES)).toContain('{"taskSources":[]}')
  })

  it('though there is much of it', async () => {
    const counts = await Promise.all(
      KEYS.map(async ({ name }) => {
        const answer: unknown = JSON.parse(await answerOf(gateway, name, LIST))
        return [name, at(answer, 'data', 'tasks', 'totalCount')]
      }),
    )
    expect(Object.fromEntries(counts)).toEqual({
      all: 36,
      reader: 36,
      prod: 14,
      guangzhou: 16,
      cdb: 18,
      corner: 3,
      empty: 0,
      elsewhere: 0,
    })
    expect(ids).toHaveLength(36)
  })
})

describe('input and output of Postgres tasks', () => {
  const paths = () =>
    [
      [LIST, {}],
      [OF_PRODUCT, {}],
      [BY_NUMBER, { number: '6', account: 'prod' }],
      [BY_NUMBER, { number: '4', account: 'prod' }],
      ...ids.filter(({ type }) => type === 'PostgresTask').map(({ id }) => [BY_ID, { id }] as const),
      [ENTITIES, { of: ids.map(({ id, type: __typename }) => ({ __typename, id })) }],
    ] as const

  it('are hidden on every path without the scope for them, and said to be', async () => {
    for (const [query, variables] of paths()) {
      const shown = await answerOf(gateway, 'all', query, variables)
      const hidden = await answerOf(gateway, 'reader', query, variables)
      expect(hidden).not.toContain('canary')
      const expected = shown
        .replaceAll('"input":{"object":"canary-in"},"output":"canary-out"', '"input":null,"output":null')
        .replaceAll('"detailHidden":false', '"detailHidden":true')
      expect(hidden).toBe(expected)
    }
    expect(await answerOf(gateway, 'all', LIST)).toContain('canary-in')
  })
})

describe('answers that are kept', () => {
  it('are shown to each caller as that caller may see them, whoever asked first', async () => {
    const env = { ...accountsEnv('prod', 'dev'), ...file.env, TASK_GATEWAY_CACHE_TTL_MS: '60000' }
    const keeping = await startGateway({ inFrontOf: emulator, env, now })
    const dataOf = async (of: TestGateway, key: string, query: string, variables: object) =>
      at(JSON.parse(await answerOf(of, key, query, variables)), 'data')
    const simple = `{ tasks(first: 100) { nodes { ...Facts } totalCount sources { totalCount source { name } } } } ${FACTS}`
    const asked = [
      [simple, {}],
      [SOURCES, {}],
      ...ids.slice(0, 12).map(({ id }) => [BY_ID, { id }] as const),
      [BY_NUMBER, { number: '4', account: 'prod' }],
      [BY_REQUEST, { id: requestOf('dev', SHANGHAI, 2) }],
    ] as const
    try {
      for (const order of [KEYS, [...KEYS].reverse()])
        for (const [query, variables] of asked)
          for (const { name } of order)
            expect([name, await dataOf(keeping, name, query, variables)]).toEqual([
              name,
              await dataOf(gateway, name, query, variables),
            ])
      const again: unknown = JSON.parse(await answerOf(keeping, 'prod', simple))
      expect(at(again, 'extensions', 'upstream')).toMatchObject({ calls: 0, cacheHits: 4 })
    } finally {
      await keeping.close()
    }
  }, 60_000)
})
