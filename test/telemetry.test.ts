import { Client } from 'undici'
import { UpstreamFailure } from '../src/failure'
import { type AdminServer, startAdmin } from '../src/telemetry/admin'
import { createCensor } from '../src/telemetry/censor'
import { createLog } from '../src/telemetry/log'
import { createMetrics, type Metrics } from '../src/telemetry/metrics'
import { createWordReport } from '../src/telemetry/unknown-words'

const SECRET = 'canary"Key\\0000/ü'
const SOURCE = { provider: 'CDB', account: 'default', region: 'ap-guangzhou' }

describe('the log', () => {
  it('writes one JSON line a call, with the level in words and control characters escaped', () => {
    const { log, lines } = open()
    log.warn({ word: 'a\nb\u001b[31m' }, 'two\r\nlines')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/)
    expect(parsed(lines)).toMatchObject([{ level: 'warn', word: 'a\nb\u001b[31m', msg: 'two\r\nlines' }])
  })

  it('keeps to its level', () => {
    const { log, lines } = open('error')
    log.warn('not this')
    log.error('this')
    expect(parsed(lines)).toMatchObject([{ msg: 'this' }])
  })

  it('takes the configured secrets out of messages, fields, keys and stacks, and the line stays JSON', () => {
    const { log, lines } = open()
    log.info(
      { [SECRET]: { deep: [`a ${SECRET} b`] }, url: `/?k=${encodeURIComponent(SECRET)}` },
      `with ${SECRET}`,
    )
    log.error(new Error(`failed with ${SECRET}`, { cause: `because of ${SECRET}` }))
    expect(lines.join('')).not.toContain('canary')
    expect(parsed(lines)).toMatchObject([
      { '[secret]': { deep: ['a [secret] b'] }, url: '/?k=[secret]', msg: 'with [secret]' },
      { err: { message: 'failed with [secret]', cause: 'because of [secret]' } },
    ])
  })

  it('takes out a secret and a longer one that begins with it', () => {
    const lines: string[] = []
    const output = { write: (line: string) => lines.push(line) }
    createLog({ level: 'info', censor: createCensor(['canary', 'canary-and-tail']), output }).info(
      'canary-and-tail, canary',
    )
    expect(parsed(lines)).toMatchObject([{ msg: '[secret], [secret]' }])
  })

  it('takes out what it is told of later, the last fifty of it, and always what it began with', () => {
    const censor = createCensor(['first-canary'])
    for (let day = 0; day < 60; day++) censor.add([`canary-of-day-${day}-`])
    expect(censor('first-canary canary-of-day-10- canary-of-day-59- canary-of-day-9-')).toBe(
      '[secret] [secret] [secret] canary-of-day-9-',
    )
  })

  it.each(['authorization', 'X-TC-Token', 'x-api-key', 'cookie', 'secretKey', 'token'])(
    'leaves out what stands under %s, four levels deep',
    (key) => {
      const { log, lines } = open()
      log.info({
        [key]: 'unknown-canary',
        a: { [key]: 'unknown-canary', b: { c: { [key]: 'unknown-canary' } } },
      })
      log.child({ headers: { [key]: 'unknown-canary' } }).info({ kept: 'yes' })
      expect(lines.join('')).not.toContain('unknown-canary')
      expect(parsed(lines)).toMatchObject([{ a: { b: { c: {} } } }, { kept: 'yes' }])
    },
  )

  it('tells of an error what it says, its code and its causes, and nothing else that hangs on it', () => {
    const { log, lines } = open()
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      headers: { 'x-something': 'header-canary' },
      request: { body: 'body-canary' },
    })
    const failure = new UpstreamFailure('UPSTREAM_UNAVAILABLE', 'cdb does not answer', {
      retryable: true,
      requestId: 'r-1',
      cause: new AggregateError([refused], 'all addresses failed'),
    })
    log.error({ err: failure }, 'call failed')
    expect(lines.join('')).not.toMatch(/header-canary|body-canary/)
    expect(parsed(lines)).toMatchObject([
      {
        err: {
          type: 'UpstreamFailure',
          code: 'UPSTREAM_UNAVAILABLE',
          requestId: 'r-1',
          retryable: true,
          stack: expect.stringContaining('telemetry.test') as unknown,
          cause: { message: 'all addresses failed', errors: [{ code: 'ECONNREFUSED' }] },
        },
      },
    ])
  })

  it('survives an error that is its own cause, and things thrown that are no errors', () => {
    const { log, lines } = open()
    const loop = new Error('loop')
    loop.cause = loop
    for (const err of [loop, null, undefined, 'text', 7n, Symbol('s'), Object.create(null)])
      log.error({ err }, 'x')
    expect(lines).toHaveLength(7)
    expect(parsed(lines)).toMatchObject(Array.from({ length: 7 }, () => ({ msg: 'x' })))
  })
})

describe('an unknown word', () => {
  it('is counted every time and logged once, and stands in no label', async () => {
    const { log, lines } = open()
    const metrics = createMetrics({ processMetrics: false })
    const report = createWordReport(log, metrics)
    report('CDB', 'type', 'NEW WORD')
    report('CDB', 'type', 'NEW WORD')
    report('CDB', 'status', 'NEW WORD')
    expect(parsed(lines)).toMatchObject([
      { level: 'warn', provider: 'CDB', kind: 'type', word: 'NEW WORD' },
      { kind: 'status', word: 'NEW WORD' },
    ])
    expect(await exposed(metrics)).toContain('task_gateway_unknown_words_total{provider="CDB",kind="type"} 2')
    expect(await exposed(metrics)).not.toContain('NEW')
  })

  it('does not fill the memory or the log when every row has another one', () => {
    const { log, lines } = open()
    const report = createWordReport(log, createMetrics({ processMetrics: false }))
    for (let index = 0; index < 1500; index++) report('CDB', 'type', `${index}${'x'.repeat(10_000)}`)
    expect(lines).toHaveLength(1000)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(400)
  })
})

describe('the metrics', () => {
  it('count by source and outcome, in seconds', async () => {
    const metrics = createMetrics({ processMetrics: false })
    metrics.upstreamCall(SOURCE, 'ok', 250)
    metrics.upstreamCall({ ...SOURCE, region: null }, 'UPSTREAM_TIMEOUT', 2000)
    metrics.queueWait(SOURCE, 1500, 35)
    metrics.upstreamRetry(SOURCE, 'UPSTREAM_TIMEOUT')
    metrics.breaker(SOURCE, 'open')
    metrics.breaker(SOURCE, 'half-open')
    metrics.rowLeftOut(SOURCE)
    metrics.listOutOfOrder(SOURCE)
    metrics.listContradicted(SOURCE)
    metrics.graphqlRequest('query', 'partial', 20)
    const text = await exposed(metrics)
    const source = 'provider="CDB",account="default",region="ap-guangzhou"'
    const lines = [
      `task_gateway_upstream_calls_total{${source},outcome="ok"} 1`,
      'task_gateway_upstream_calls_total{provider="CDB",account="default",region="",outcome="UPSTREAM_TIMEOUT"} 1',
      `task_gateway_upstream_call_duration_seconds_sum{${source}} 0.25`,
      `task_gateway_upstream_queue_seconds_sum{${source}} 1.5`,
      `task_gateway_upstream_quota_calls_per_second{${source}} 35`,
      `task_gateway_upstream_retries_total{${source},reason="UPSTREAM_TIMEOUT"} 1`,
      `task_gateway_upstream_breaker_state{${source}} 1`,
      `task_gateway_upstream_breaker_changes_total{${source},state="open"} 1`,
      `task_gateway_rows_left_out_total{${source}} 1`,
      `task_gateway_lists_out_of_order_total{${source}} 1`,
      `task_gateway_lists_contradicted_total{${source}} 1`,
      'task_gateway_graphql_requests_total{operation="query",outcome="partial"} 1',
      'task_gateway_graphql_request_duration_seconds_sum{operation="query"} 0.02',
    ]
    for (const line of lines) expect(text.split('\n')).toContain(line)
  })

  it('of two gateways in one process are apart', async () => {
    const [one, other] = [createMetrics({ processMetrics: true }), createMetrics({ processMetrics: true })]
    one.rowLeftOut(SOURCE)
    expect(await exposed(one)).toMatch(/rows_left_out_total\{.*\} 1/)
    expect(await exposed(other)).not.toMatch(/rows_left_out_total\{/)
    expect(await exposed(other)).toContain('process_resident_memory_bytes')
  })
})

describe('the admin port', () => {
  const open: AdminServer[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })

  async function start(host: string, port = 0, loopback = true): Promise<AdminServer> {
    const metrics = createMetrics({ processMetrics: false })
    const server = await startAdmin({ host, port, loopback, exposition: metrics.exposition })
    open.push(server)
    return server
  }

  it.each(['127.0.0.1', '::1', 'localhost'])('serves the metrics on %s, and nothing else', async (host) => {
    const { url } = await start(host)
    const metrics = await fetch(`${url}/metrics`)
    expect(metrics.status).toBe(200)
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await metrics.text()).toContain('# TYPE task_gateway_upstream_calls_total counter')
    expect((await fetch(`${url}/metrics?x=1`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${url}/graphql`)).status).toBe(404)
  })

  it('refuses the name of a foreign host on loopback, and takes any elsewhere', async () => {
    expect(await statusFor('rebound.example', await start('127.0.0.1'))).toBe(403)
    expect(await statusFor('localhost:1', await start('127.0.0.1'))).toBe(200)
    expect(await statusFor('gateway.example', await start('127.0.0.1', 0, false))).toBe(200)
  })

  it('that is taken is an error that names the setting', async () => {
    const { url } = await start('127.0.0.1')
    const again = start('127.0.0.1', Number(new URL(url).port))
    await expect(again).rejects.toThrow(/EADDRINUSE.*TASK_GATEWAY_ADMIN_PORT/)
  })
})

function open(level = 'trace') {
  const lines: string[] = []
  const log = createLog({
    level,
    censor: createCensor([SECRET]),
    output: { write: (line) => lines.push(line) },
  })
  return { log, lines }
}

function parsed(lines: readonly string[]): unknown[] {
  return lines.map((line): unknown => JSON.parse(line))
}

async function exposed(metrics: Metrics): Promise<string> {
  return (await metrics.exposition()).text
}

async function statusFor(host: string, { url }: AdminServer): Promise<number> {
  const client = new Client(url)
  const { statusCode, body } = await client.request({ method: 'GET', path: '/metrics', headers: { host } })
  await body.dump()
  await client.close()
  return statusCode
}
