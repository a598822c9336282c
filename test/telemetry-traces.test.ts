import { startEmulator, type Emulator } from '../src/emulator/start'
import { problems, KEYS } from './support/config'
import { startCollector, type Collector, type SentSpan } from './support/collector'
import { ask } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'
import { RawSocket } from './support/raw-socket'

const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const QUERY = 'query Newest { tasks(first: 2) { nodes { taskId } sources { error { code } } } }'
const CLIENT = 3
const SERVER = 2

let emulator: Emulator
let collector: Collector
const started: GatewayProcess[] = []
beforeAll(async () => {
  emulator = await startEmulator({ quotas: 'off' })
})
afterAll(() => emulator.close())
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((gateway) => gateway.kill()))
  collector.close()
})

function start(variables: Readonly<Record<string, string>>): GatewayProcess {
  const gateway = new GatewayProcess({
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TENCENTCLOUD_SECRET_ID: emulator.credential.secretId,
    TENCENTCLOUD_SECRET_KEY: emulator.credential.secretKey,
    TENCENTCLOUD_REGION: 'ap-guangzhou',
    TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
    ...variables,
  })
  started.push(gateway)
  return gateway
}

async function stop(gateway: GatewayProcess): Promise<void> {
  gateway.signal('SIGTERM')
  expect(await gateway.exitCode).toBe(0)
}

function below(spans: readonly SentSpan[], parent: SentSpan | undefined): readonly SentSpan[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId)
}

function spanOf(requestId: string, attributes: object): unknown {
  return expect.objectContaining({
    traceId: PARENT.traceId,
    kind: SERVER,
    attributes: expect.objectContaining({
      'task_gateway.request_id': requestId,
      'task_gateway.transport': 'websocket',
      ...attributes,
    }) as unknown,
  })
}

describe('traces', () => {
  it("show a request as a part of the caller's, its sources, and their calls; all is sent by the end", async () => {
    const gateway = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    })
    const headers = { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01`, 'x-request-id': 'the-request' }
    await ask(await gateway.url(), QUERY, {}, headers)
    await stop(gateway)
    const spans = collector.spans()
    expect(collector.bodies.map(({ path }) => path)).toEqual(expect.arrayContaining(['/v1/traces']))
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([PARENT.traceId]))
    const [request] = spans.filter(({ parentSpanId }) => parentSpanId === PARENT.spanId)
    expect(request).toMatchObject({
      name: 'query Newest',
      kind: SERVER,
      attributes: { 'task_gateway.caller': 'anonymous', 'task_gateway.request_id': 'the-request' },
    })
    const sources = below(spans, request)
    expect(new Set(sources.map(({ attributes }) => attributes['task_gateway.provider']))).toEqual(
      new Set(['CDB', 'POSTGRES']),
    )
    const calls = sources.flatMap((source) => below(spans, source))
    expect(calls.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cdb DescribeTasks', 'postgres DescribeTasks']),
    )
    for (const { kind, attributes } of calls)
      expect([kind, attributes['tencentcloud.request_id']]).toEqual([CLIENT, expect.stringMatching(/.+/)])
  })

  it("show each operation over WebSocket as a part of what the caller's upgrade was", async () => {
    const gateway = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    })
    const headers = { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01`, 'x-request-id': 'the-socket' }
    const socket = await RawSocket.enter(await gateway.url(), {}, { headers })
    socket.subscribe('1', QUERY)
    await socket.next()
    socket.subscribe('2', 'subscription Watch { taskUpdated(ids: ["made up"]) { id } }')
    await socket.next()
    socket.subscribe('3', 'subscription Open { taskActivity { __typename } }')
    expect(await socket.next()).toMatchObject({ id: '2', type: 'error' })
    await stop(gateway)
    const spans = collector.spans()
    const operations = spans.filter(({ parentSpanId }) => parentSpanId === PARENT.spanId)
    expect(new Map(operations.map(({ name, ...span }) => [name, span]))).toEqual(
      new Map([
        ['query Newest', spanOf('the-socket/1', {})],
        ['subscription Watch', spanOf('the-socket/2', { 'error.type': 'BAD_USER_INPUT' })],
        ['subscription Open', spanOf('the-socket/3', {})],
      ]),
    )
    const query = operations.find(({ name }) => name === 'query Newest')
    expect(
      below(spans, query)
        .flatMap((source) => below(spans, source))
        .map(({ name }) => name),
    ).toEqual(expect.arrayContaining(['cdb DescribeTasks', 'postgres DescribeTasks']))
  })

  it('name the code of what failed, and tell neither secrets nor what was asked', async () => {
    const gateway = start({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/here`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'gateway-of-tests',
      TASK_GATEWAY_CDB_ENDPOINT: 'http://127.0.0.1:1',
    })
    const query =
      'query Find($ids: [ID!]) { cdbTasks(first: 1, filter: { instanceIds: $ids }) { nodes { id } } }'
    await ask(await gateway.url(), query, { ids: ['cdb-canary00'] })
    await stop(gateway)
    expect(collector.spans().filter(({ attributes }) => attributes['error.type'] !== undefined)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: expect.stringMatching(/^cdb /) as unknown, statusCode: 2 }),
        expect.objectContaining({ name: 'query Find', statusCode: 2 }),
      ]),
    )
    const sent = collector.bodies.map(({ text }) => text).join('')
    expect(sent).toContain('gateway-of-tests')
    for (const secret of [
      emulator.credential.secretId,
      emulator.credential.secretKey,
      'canary',
      '127.0.0.1:1',
    ])
      expect(sent).not.toContain(secret)
  })

  it('are sent as protobuf where nobody asks for another form', async () => {
    const gateway = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` })
    await ask(await gateway.url(), QUERY)
    await stop(gateway)
    expect(collector.bodies[0]).toMatchObject({ path: '/v1/traces', contentType: 'application/x-protobuf' })
  })

  it.each([
    ['the caller has decided against it', {}, '00'],
    ['the sampler takes none', { OTEL_TRACES_SAMPLER: 'always_off' }, '01'],
    ['OpenTelemetry is switched off', { OTEL_SDK_DISABLED: 'true' }, '01'],
  ])('are not sent where %s', async (_, variables, flags) => {
    const gateway = start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...variables })
    await ask(
      await gateway.url(),
      QUERY,
      {},
      { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-${flags}` },
    )
    await stop(gateway)
    expect(collector.bodies).toEqual([])
  })

  it('do not keep the process from its end where the collector is away', async () => {
    const gateway = start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
    await ask(await gateway.url(), QUERY)
    await stop(gateway)
  })

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /^OTEL_TRACES_EXPORTER is "zipkin": it must be one of otlp, none$/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT .*http\(s\):\/\/host/],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:canary@host' },
      /^OTEL_EXPORTER_OTLP_ENDPOINT \(its value is not/,
    ],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /^OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"/],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /^OTEL_TRACES_SAMPLER is "sometimes"/],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      /^OTEL_TRACES_SAMPLER_ARG is "2": it must be a number from 0 to 1$/,
    ],
    [{ OTEL_SDK_DISABLED: 'yes' }, /^OTEL_SDK_DISABLED is "yes"/],
  ])('are refused with %j', async (variables, problem) => {
    const found = await problems({
      ...KEYS,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '',
      OTEL_TRACES_EXPORTER: 'otlp',
      ...variables,
    })
    expect(found).toEqual([expect.stringMatching(problem)])
  })
})
