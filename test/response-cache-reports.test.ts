import { at } from './support/answer'
import { startEmulator } from '../src/emulator/start'
import { startCollector } from './support/collector'
import { ask, settings } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'
import { again, dataOf, CachingGateway, upstreamOf } from './support/caching-gateway'

const QUERY = 'query Newest { tasks(first: 5) { nodes { id } } }'
const question = { query: QUERY }

describe('a request that is given the answer to another', () => {
  let gateway: CachingGateway
  afterEach(() => gateway.close())

  async function metric(name: string): Promise<number> {
    const line = (await gateway.metrics()).split('\n').find((one) => one.startsWith(name))
    return Number(line?.split(' ').at(-1))
  }

  it('has an id, a line of the log and its place in the metrics', async () => {
    gateway = await CachingGateway.start()
    for (const id of ['first', 'second', 'third'])
      expect((await gateway.post(question, { 'x-request-id': id })).headers.get('x-request-id')).toBe(id)
    await gateway.get(question, { 'x-request-id': 'executed' })
    const [first, second, third, executed] = gateway.lines
    const told = (line: object | undefined) => ({ ...line, time: 0, durationMs: 0, requestId: '' })
    expect([first, second, third, executed].map((line) => at(line, 'requestId'))).toEqual([
      'first',
      'second',
      'third',
      'executed',
    ])
    expect(at(first, 'calls')).toBe(2)
    expect(told(second)).toEqual(told(executed))
    expect(told(third)).toEqual(told(executed))
    expect(told(second)).toMatchObject({
      ...again(2),
      cost: 2,
      operationName: 'Newest',
      operation: 'query',
      outcome: 'ok',
    })
    expect(await metric('task_gateway_graphql_requests_total{operation="query",outcome="ok"}')).toBe(4)
    expect(await metric('task_gateway_operation_cost_count')).toBe(4)
    expect(await metric('task_gateway_cache_entries{cache="whole_answers"}')).toBe(1)
  })

  it('tells how long it has waited', async () => {
    gateway = await CachingGateway.start()
    gateway.hold()
    const answers = [gateway.post(question), gateway.post(question)]
    await gateway.arrived()
    gateway.pass(700)
    gateway.release()
    await Promise.all(answers)
    const durations = gateway.lines
      .filter((line) => at(line, 'operationName') === 'Newest')
      .map((line) => at(line, 'durationMs'))
    expect(durations).toEqual([700, 700])
  })

  it('is paid for, and refused to who cannot pay, which keeps it from nobody else', async () => {
    gateway = await CachingGateway.start({ env: { TASK_GATEWAY_CALLER_RATE: '6' } })
    const statuses = [(await gateway.post(question)).status]
    const bytes = await metric('task_gateway_cache_bytes{cache="whole_answers"}')
    for (let round = 0; round < 4; round++) statuses.push((await gateway.post(question)).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect(await metric('task_gateway_cache_bytes{cache="whole_answers"}')).toBe(bytes)
    expect(await metric('task_gateway_refusals_total{code="RATE_LIMITED",limit="caller_rate"}')).toBe(2)
  })

  it('closes its connection while the gateway drains', async () => {
    gateway = await CachingGateway.start()
    await gateway.post(question)
    await gateway.drain()
    const answer = await gateway.post(question)
    expect([upstreamOf(answer), answer.headers.get('connection')]).toEqual([again(2), 'close'])
  })

  it('counts as one that is under way', async () => {
    gateway = await CachingGateway.start({
      env: { TASK_GATEWAY_MAX_IN_FLIGHT: '3', TASK_GATEWAY_CALLER_SHARE: '1' },
    })
    gateway.hold()
    const answers = [gateway.post(question), gateway.post(question)]
    await gateway.arrived()
    expect((await gateway.post(question)).status).toBe(503)
    gateway.release()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  })

  it('finds no more kept than there is room for', async () => {
    gateway = await CachingGateway.start()
    const ids = Array.from({ length: 25 }, (_, n) => `a${n}: id`).join(' ')
    for (let mark = 0; mark < 60; mark++)
      await gateway.post({ query: `{ tasks(first: 100) { nodes { ${ids} } } }`, extensions: { mark } })
    expect(await metric('task_gateway_cache_bytes{cache="whole_answers"}')).toBeLessThanOrEqual(16 * 2 ** 20)
    expect(await metric('task_gateway_cache_evictions_total{cache="whole_answers"}')).toBeGreaterThan(0)
    expect(dataOf(await gateway.post(question))).toBeTruthy()
  })
})

it('shows in its trace that nobody was asked for it', async () => {
  const [emulator, collector] = [await startEmulator({ quotas: 'off' }), await startCollector()]
  const gateway = new GatewayProcess({
    ...settings(emulator),
    TASK_GATEWAY_CACHE_TTL_MS: '60000',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  })
  try {
    for (const id of ['first', 'second']) await ask(await gateway.url(), QUERY, {}, { 'x-request-id': id })
    gateway.signal('SIGTERM')
    expect(await gateway.exitCode).toBe(0)
    const spans = collector.spans()
    const [first, second] = ['first', 'second'].map((id) =>
      spans.find(({ attributes }) => attributes['task_gateway.request_id'] === id),
    )
    expect([first?.name, second?.name]).toEqual(['query Newest', 'query Newest'])
    const below = (span: typeof first) => spans.filter(({ parentSpanId }) => parentSpanId === span?.spanId)
    expect(below(first)).not.toEqual([])
    expect(below(second)).toEqual([])
  } finally {
    await gateway.kill()
    collector.close()
    await emulator.close()
  }
})
