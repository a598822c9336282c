import type { Fault } from '../src/emulator/server/faults'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { startGateway, type GraphAnswer, type TestGateway } from './support/gateway'
import { rowsFrom, worldOf } from './support/worlds'

const DEADLINE_MS = 1500
const ATTEMPT_MS = 1400
/** For upstreams that are to be given up. */
const SHORT_ATTEMPT_MS = 200
const REGIONS = ['ap-guangzhou', 'ap-tokyo']
const START_SECOND = Date.UTC(2026, 0, 1) / 1000

let emulator: Emulator

beforeAll(async () => {
  const everywhere = (service: 'cdb' | 'postgres') =>
    Object.fromEntries(REGIONS.map((region) => [region, rowsFrom(service, 10, START_SECOND)]))
  const world = worldOf({ cdb: everywhere('cdb'), postgres: everywhere('postgres') })
  emulator = await startEmulator({ quotas: 'off', world })
})
afterAll(() => emulator.close())
afterEach(() => emulator.faults.clear())

function open(attemptMs = ATTEMPT_MS): Promise<TestGateway> {
  return startGateway({
    inFrontOf: emulator,
    env: {
      TENCENTCLOUD_REGION: REGIONS.join(','),
      TASK_GATEWAY_DEADLINE_MS: String(DEADLINE_MS),
      TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: String(attemptMs),
      TASK_GATEWAY_CACHE_TTL_MS: '0',
    },
  })
}

interface Expected {
  readonly code: string
  /** Attempts of one call. */
  readonly attempts: number
  readonly retryable: boolean
  /** Whether it counts as an outage. */
  readonly opens: boolean
}

const down = (attempts = 3): Expected => ({
  code: 'UPSTREAM_UNAVAILABLE',
  attempts,
  retryable: true,
  opens: true,
})
const late: Expected = { code: 'UPSTREAM_TIMEOUT', attempts: 3, retryable: true, opens: true }
const unreadable: Expected = {
  code: 'UPSTREAM_INVALID_RESPONSE',
  attempts: 1,
  retryable: false,
  opens: false,
}
/** Asked for 100 rows, 10 and 1; then for each of the two rows behind that one. */
const tooLarge: Expected = { ...unreadable, attempts: 5 }
const refused = (code: string, attempts = 1): Expected => ({ code, attempts, retryable: false, opens: false })
const apiError = (code: string): Fault => ({ kind: 'apiError', code })
const rows = (of: unknown): Fault => ({ kind: 'response', fields: { Items: of, TaskSet: of } })

const MATRIX: readonly (readonly [name: string, fault: Fault, expected: Expected])[] = [
  ['a reset', { kind: 'reset' }, down()],
  ['an answer cut in half', { kind: 'truncated' }, down()],
  ['HTTP 500', { kind: 'status', status: 500 }, down()],
  ['HTTP 502', { kind: 'status', status: 502 }, down()],
  ['HTTP 504 with HTML', { kind: 'status', status: 504, html: '<html>gateway timeout</html>' }, down()],
  ['InternalError', apiError('InternalError'), down()],
  ['InternalError.DbError', apiError('InternalError.DbError'), down()],
  ['CdbError', apiError('CdbError'), down()],
  ['FailedOperation.DatabaseAccessError', apiError('FailedOperation.DatabaseAccessError'), down()],
  ['FailedOperation.FailedOperationError', apiError('FailedOperation.FailedOperationError'), down()],
  ['another FailedOperation', apiError('FailedOperation.Other'), { ...down(1), retryable: false }],
  ['silence', { kind: 'hang' }, late],
  ['an answer that comes too late', { kind: 'slow', delayMs: 60_000 }, late],
  ['an answer byte by byte', { kind: 'drip', pauseMs: 50 }, late],
  ['half an object', { kind: 'badJson' }, unreadable],
  ['no JSON', { kind: 'badJson', text: '<html>' }, unreadable],
  ['an empty body', { kind: 'badJson', text: '' }, unreadable],
  ['null', { kind: 'body', json: null }, unreadable],
  ['an empty object', { kind: 'body', json: {} }, unreadable],
  ['a list', { kind: 'body', json: [] }, unreadable],
  ['a text', { kind: 'body', json: 'Response' }, unreadable],
  ['a Response that is null', { kind: 'body', json: { Response: null } }, unreadable],
  ['a Response that is a list', { kind: 'body', json: { Response: [] } }, unreadable],
  ['an empty Response', { kind: 'body', json: { Response: {} } }, unreadable],
  ['an Error without a code', { kind: 'body', json: { Response: { Error: {} } } }, unreadable],
  ['an Error that is a text', { kind: 'body', json: { Response: { Error: 'x' } } }, unreadable],
  ['rows that are null', rows(null), unreadable],
  ['rows that are an object', rows({}), unreadable],
  ['rows that are a text', rows('rows'), unreadable],
  ['a row that is a list', rows([[]]), unreadable],
  ['a row that is a number', rows([7]), unreadable],
  ['a count that is null', { kind: 'response', fields: { TotalCount: null } }, unreadable],
  ['a count that is a text', { kind: 'response', fields: { TotalCount: 'three' } }, unreadable],
  ['a count below zero', { kind: 'response', fields: { TotalCount: -1 } }, unreadable],
  ['a count with a fraction', { kind: 'response', fields: { TotalCount: 1.5 } }, unreadable],
  ['10 MB', { kind: 'huge', bytes: 10_000_000 }, tooLarge],
  ['a body without an end', { kind: 'endless' }, tooLarge],
  ['HTTP 404 with HTML', { kind: 'status', status: 404 }, unreadable],
  ['HTTP 302', { kind: 'status', status: 302 }, unreadable],
  [
    'AuthFailure.SignatureFailure',
    apiError('AuthFailure.SignatureFailure'),
    refused('UPSTREAM_UNAUTHORIZED'),
  ],
  [
    'AuthFailure.SecretIdNotFound',
    apiError('AuthFailure.SecretIdNotFound'),
    refused('UPSTREAM_UNAUTHORIZED'),
  ],
  [
    'AuthFailure.SignatureExpire',
    apiError('AuthFailure.SignatureExpire'),
    refused('UPSTREAM_UNAUTHORIZED', 2),
  ],
  ['AuthFailure.TokenFailure', apiError('AuthFailure.TokenFailure'), refused('UPSTREAM_UNAUTHORIZED')],
  ['UnauthorizedOperation', apiError('UnauthorizedOperation'), refused('UPSTREAM_UNAUTHORIZED')],
  ['UserHasNoStrategy', apiError('OperationDenied.UserHasNoStrategy'), refused('UPSTREAM_UNAUTHORIZED')],
  ['InvalidParameter', apiError('InvalidParameter'), refused('UPSTREAM_REJECTED')],
  ['OperationDenied', apiError('OperationDenied'), refused('UPSTREAM_REJECTED')],
  ['a code that nobody knows', apiError('Whatever.Else'), refused('UPSTREAM_REJECTED')],
  [
    'RequestLimitExceeded',
    apiError('RequestLimitExceeded'),
    { code: 'UPSTREAM_THROTTLED', attempts: 2, retryable: true, opens: false },
  ],
]

/** Of each kind and outcome one: the others need not be tried in every place. */
const KINDS = MATRIX.filter(
  ([, { kind }, { code }], at) =>
    MATRIX.findIndex(([, fault, expected]) => fault.kind === kind && expected.code === code) === at,
)

/** What is struck with what, and which lists are then still there. */
const PLACES = [
  ['cdb', KINDS, { service: 'cdb' }, ['POSTGRES ap-guangzhou', 'POSTGRES ap-tokyo']],
  ['postgres', KINDS, { service: 'postgres' }, ['CDB ap-guangzhou', 'CDB ap-tokyo']],
  ['one region of both', MATRIX, { region: 'ap-tokyo' }, ['CDB ap-guangzhou', 'POSTGRES ap-guangzhou']],
  ['everything', KINDS, {}, []],
] as const

const TASKS = `{ tasks(first: 40) {
  nodes { id region provider }
  sources { source { provider region } error { code retryable } }
} }`

interface Tasks {
  readonly nodes: readonly { readonly provider: string; readonly region: string }[]
  readonly sources: readonly {
    readonly source: { readonly provider: string; readonly region: string }
    readonly error: { readonly code: string; readonly retryable: boolean } | null
  }[]
}

function tasksOf({ data }: GraphAnswer): Tasks | null {
  return (data?.['tasks'] ?? null) as Tasks | null
}

describe.each(PLACES)('%s', (_place, faults, where, left) => {
  const struck = 4 - left.length
  const every = (expected: unknown): readonly unknown[] => Array.from({ length: struck }, () => expected)
  /** For faults of which a gateway remembers nothing. */
  let shared: TestGateway

  beforeAll(async () => {
    shared = await open()
  })
  afterAll(() => shared.close())

  async function under(gateway: TestGateway, fault: Fault, { code, attempts, retryable }: Expected) {
    emulator.log.clear()
    emulator.faults.add({ fault, ...where })
    const beganMs = performance.now()
    const { body } = await gateway.query(TASKS)
    expect(performance.now() - beganMs).toBeLessThan(DEADLINE_MS + 300)
    if (left.length === 0) {
      const errors = every(expect.objectContaining({ code, retryable }))
      expect(body.data).toEqual({ tasks: null })
      expect(body.errors?.map(({ extensions }) => extensions)).toEqual(errors)
    } else {
      const failed = tasksOf(body)?.sources.flatMap(({ error }) => (error === null ? [] : [error]))
      const seen = new Set(tasksOf(body)?.nodes.map(({ provider, region }) => `${provider} ${region}`))
      expect(body.errors).toBeUndefined()
      expect(failed).toEqual(every({ code, retryable }))
      expect([...seen].sort()).toEqual(left)
    }
    expect(emulator.log.count({ outcome: `fault:${fault.kind}` })).toBe(struck * attempts)
  }

  it.each(faults.filter(([, , { attempts }]) => attempts === 1))(
    'answering with %s loses its own tasks only, and is asked once',
    (_name, fault, expected) => under(shared, fault, expected),
  )

  it.each(faults.filter(([, , { attempts }]) => attempts > 1))(
    'answering with %s loses its own tasks only, and is asked again within the deadline',
    async (_name, fault, expected) => {
      const gateway = await open(expected === late ? SHORT_ATTEMPT_MS : ATTEMPT_MS)
      await under(gateway, fault, expected).finally(() => gateway.close())
    },
  )
})

describe('the breaker', () => {
  const TWELVE = `{ ${Array.from(
    { length: 12 },
    (_, at) =>
      `of${at}: cdbTasks(first: 1, filter: { regions: ["ap-tokyo"], instanceIds: ["cdb-${at}"] }) { nodes { id } }`,
  ).join('\n')} }`

  it.each(
    MATRIX.map(
      ([name, fault, expected]) =>
        [expected.opens ? 'opens' : 'stays closed', name, fault, expected] as const,
    ),
  )('%s when twelve calls meet %s', async (_does, _name, fault, expected) => {
    const gateway = await open(expected === late ? SHORT_ATTEMPT_MS : ATTEMPT_MS)
    try {
      emulator.faults.add({ fault })
      await gateway.query(TWELVE)
      const tokyo =
        /breaker_changes_total\{provider="CDB",account="default",region="ap-tokyo",state="open"\} 1/
      expect(tokyo.test(await gateway.metrics())).toBe(expected.opens)
    } finally {
      await gateway.close()
    }
  })
})
