import { createFolder } from './support/folder'
import type { Fault } from '../src/emulator/server/faults'
import { until } from './support/exchange'
import { startGateway, type GraphAnswer, type TestGatewayOptions } from './support/gateway'
import { httpTransport, webSocketTransport, type Asked } from './support/transports'
import { documentedWorld } from './support/worlds'

const TRANSPORTS = [httpTransport, webSocketTransport]
const LIST = '{ tasks { totalCount } }'
const FILTERED = 'query Q($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }'
const PRODUCTION = { NODE_ENV: 'production', TASK_GATEWAY_CURSOR_SECRET: 'canary-of-cursors' }

interface Case {
  readonly asked: Asked
  /** Asked for before, so that the limit is reached. */
  readonly before?: Asked
  readonly codes: readonly string[]
  readonly env?: Record<string, string>
  readonly adapt?: TestGatewayOptions['adapt']
  readonly fault?: Fault
  /** False for what is refused before anything is known of it. */
  readonly isReported?: boolean
}

const ROW =
  /^(task_gateway_(?:graphql_requests_total|refusals_total|operation_cost_(?:count|sum)|answers_reused_total|graphql_request_duration_seconds_count)\S*) (\S+)$/gm

/** What one gateway answered, reported and counted. */
async function outcomeOf(
  connect: (typeof TRANSPORTS)[number],
  { asked, before, env = {}, adapt, fault, isReported = true }: Case,
) {
  const ms = Date.now()
  const gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env,
    now: () => ms,
    ...(adapt && { adapt }),
  })
  try {
    const transport = connect(gateway)
    if (fault) gateway.emulator.faults.add({ fault })
    if (before) await transport.ask(before)
    const answer = await transport.ask(asked)
    const lines = () =>
      gateway.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === 'answered')
    await until(() => lines().length === (isReported ? 1 : 0) + (before ? 1 : 0))
    const metrics = [...(await gateway.metrics()).matchAll(ROW)].map(([, name, value]) => [name, value])
    return {
      answer,
      line: lines().at(-1),
      metrics,
      unexpected: gateway.lines.filter((line) => line.includes('nobody expected')),
    }
  } finally {
    await gateway.close()
  }
}

function withoutTimes({ answer, line, metrics, unexpected }: Awaited<ReturnType<typeof outcomeOf>>) {
  const errors = answer.errors?.map(({ message, path, extensions }) => ({
    message: message.replace(/\d+ ms/, 'n ms'),
    path,
    extensions: { ...extensions, requestId: 0, retryAfterMs: typeof extensions['retryAfterMs'] },
  }))
  return {
    data: answer.data,
    errors,
    line: line && {
      ...line,
      time: 0,
      requestId: 0,
      transport: 0,
      durationMs: 0,
      queuedMs: 0,
      upstreamRequestIds: 0,
    },
    metrics,
    unexpected,
  }
}

const codesOf = ({ errors = [] }: GraphAnswer) => errors.map(({ extensions }) => extensions['code'])

const CASES: readonly (readonly [string, Case])[] = [
  ['what answers', { asked: { query: 'query Newest { tasks(first: 2) { nodes { id } } }' }, codes: [] }],
  ['a document that cannot be parsed', { asked: { query: '{' }, codes: ['GRAPHQL_PARSE_FAILED'] }],
  ['an empty document', { asked: { query: '' }, codes: ['BAD_REQUEST'] }],
  [
    'a document with too many tokens',
    { asked: { query: `{ ${'a '.repeat(4000)} }` }, codes: ['GRAPHQL_PARSE_FAILED'] },
  ],
  ['an unknown field', { asked: { query: '{ taskz { id } }' }, codes: ['GRAPHQL_VALIDATION_FAILED'] }],
  [
    'an unknown field in production',
    { asked: { query: '{ taskz { id } }' }, codes: ['GRAPHQL_VALIDATION_FAILED'], env: PRODUCTION },
  ],
  ['a mutation', { asked: { query: 'mutation { destroy }' }, codes: ['GRAPHQL_VALIDATION_FAILED'] }],
  [
    'too many root fields',
    {
      asked: { query: `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: __typename`).join(' ')} }` },
      codes: ['GRAPHQL_VALIDATION_FAILED'],
    },
  ],
  [
    'introspection that is off',
    {
      asked: { query: '{ __schema { types { name } } }' },
      codes: ['GRAPHQL_VALIDATION_FAILED'],
      env: PRODUCTION,
    },
  ],
  [
    'an operation that the document does not have',
    {
      asked: { query: 'query A { __typename }', operationName: 'B' },
      codes: ['OPERATION_RESOLUTION_FAILURE'],
    },
  ],
  [
    'several operations without a name',
    {
      asked: { query: 'query A { __typename } query B { __typename }' },
      codes: ['OPERATION_RESOLUTION_FAILURE'],
    },
  ],
  [
    'a persisted query',
    {
      asked: { query: LIST, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
      codes: ['PERSISTED_QUERY_NOT_SUPPORTED'],
    },
  ],
  [
    'a wrong variable',
    {
      asked: { query: FILTERED, variables: { filter: { statuses: ['RUNING'] } } },
      codes: ['BAD_USER_INPUT'],
    },
  ],
  [
    'too many wrong variables',
    {
      asked: {
        query: FILTERED,
        variables: { filter: { statuses: Array.from({ length: 60 }, (_, at) => `X${at}`) } },
      },
      codes: Array.from({ length: 5 }, () => 'BAD_USER_INPUT'),
    },
  ],
  [
    'a condition that has no value',
    {
      asked: {
        query: `query ($x: Boolean! = true) { tasks @skip(if: $x) { totalCount } }`,
        variables: { x: null },
      },
      codes: ['BAD_USER_INPUT'],
    },
  ],
  [
    'a list that is too long',
    {
      asked: {
        query: FILTERED,
        variables: { filter: { accounts: Array.from({ length: 1001 }, () => 'a') } },
      },
      codes: ['BAD_USER_INPUT'],
    },
  ],
  [
    'an argument that a resolver refuses',
    { asked: { query: '{ tasks(first: 0) { totalCount } }' }, codes: ['BAD_USER_INPUT'] },
  ],
  [
    'an id that is none',
    { asked: { query: '{ task(id: "x") { id } taskSources { name } }' }, codes: ['BAD_USER_INPUT'] },
  ],
  [
    'what only a router may ask',
    {
      asked: { query: '{ _service { sdl } }' },
      codes: ['FORBIDDEN'],
      env: { TASK_GATEWAY_ROUTER_SECRET: 'a-secret-of-the-router' },
    },
  ],
  [
    'a query that is too costly',
    { asked: { query: LIST }, codes: ['QUERY_TOO_COSTLY'], env: { TASK_GATEWAY_MAX_COST: '1' } },
  ],
  [
    'a caller without budget',
    {
      before: { query: LIST },
      asked: { query: LIST },
      codes: ['RATE_LIMITED'],
      env: { TASK_GATEWAY_CALLER_RATE: '1' },
    },
  ],
  [
    'a document that is not trusted',
    {
      asked: { query: '{ __typename }' },
      codes: ['DOCUMENT_NOT_TRUSTED'],
      get env() {
        return {
          TASK_GATEWAY_TRUSTED_DOCUMENTS: createFolder({
            'a.graphql': 'query Names { taskSources { name } }',
          }),
        }
      },
    },
  ],
  [
    'too much pressure on the event loop',
    {
      asked: { query: LIST },
      codes: ['OVERLOADED'],
      isReported: false,
      adapt: (config) => ({
        ...config,
        limits: { ...config.limits, pressure: { ...config.limits.pressure, eventLoopDelayMs: -1 } },
      }),
    },
  ],
  [
    'too little memory',
    {
      asked: { query: LIST },
      codes: ['OVERLOADED'],
      isReported: false,
      adapt: (config) => ({
        ...config,
        limits: { ...config.limits, pressure: { ...config.limits.pressure, heapShare: -1 } },
      }),
    },
  ],
  [
    'upstreams that are down',
    {
      asked: { query: LIST },
      fault: { kind: 'apiError', code: 'OperationDenied' },
      codes: ['UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    },
  ],
  [
    'upstreams that are slower than the deadline',
    {
      asked: { query: '{ cdbTasks { totalCount } }' },
      fault: { kind: 'hang' },
      codes: ['UPSTREAM_TIMEOUT'],
      env: { TASK_GATEWAY_DEADLINE_MS: '300' },
    },
  ],
]

it.each(CASES)('%s is answered, reported and counted alike over both transports', async (_, one) => {
  const [http, webSocket] = await Promise.all(TRANSPORTS.map((connect) => outcomeOf(connect, one)))
  if (http === undefined || webSocket === undefined) throw new Error('a transport is missing')
  expect(codesOf(http.answer)).toEqual(one.codes)
  expect(withoutTimes(webSocket)).toEqual(withoutTimes(http))
  expect(http.unexpected).toEqual([])
})
