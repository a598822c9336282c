import { LIMIT_CODES, type Limit } from '../src/graphql/refusal'
import { startEmulator } from '../src/emulator/start'
import { at, listAt, textAt } from './support/answer'
import { createKeyFile, keyEntry } from './support/auth'
import { startCollector } from './support/collector'
import { EXCESSES } from './support/excesses'
import { until } from './support/exchange'
import { settings, startGateway, type GraphAnswer } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'
import { cdbRow, REGION } from './support/live'
import { RawSocket } from './support/raw-socket'
import { httpTransport, webSocketTransport, type Transport } from './support/transports'
import { documentedWorld, rowsFrom, worldOf } from './support/worlds'

const TRANSPORTS = [httpTransport, webSocketTransport]

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')

const codesOf = ({ errors = [] }: GraphAnswer) => errors.map(({ extensions }) => extensions['code'])

describe.each(TRANSPORTS.map((connect) => [connect({ url: '' }).name, connect] as const))(
  'over %s',
  (_, connect) => {
    it.each([
      ['lists', 2, (at: number) => `{ tasks(first: ${at + 1}) { nodes { id } } }`],
      ['look-ups', 1, (at: number) => `{ postgresTask(taskId: "${at + 1}") { id } }`],
      [
        'lists side by side',
        5,
        (at: number) => `{ ${many(5, (n) => `a${n}: cdbTasks(first: ${at + 5 * n + 1}) { totalCount }`)} }`,
      ],
    ])(
      '40 operations in one write spend no more than the budget of their caller: %s',
      async (_, cost, make) => {
        const ms = Date.now()
        const gateway = await startGateway({
          emulator: { world: documentedWorld() },
          env: { TASK_GATEWAY_CALLER_RATE: '10' },
          now: () => ms,
        })
        try {
          const asked = Array.from({ length: 40 }, (_one, at) => ({ query: make(at) }))
          const answers = await connect(gateway).askTogether(asked)
          expect(answers.map((answer) => codesOf(answer)[0] ?? 'ok')).toEqual([
            ...Array.from({ length: 10 / cost }, () => 'ok'),
            ...Array.from({ length: 40 - 10 / cost }, () => 'RATE_LIMITED'),
          ])
          expect(gateway.emulator.log.count()).toBeLessThanOrEqual(10)
        } finally {
          await gateway.close()
        }
      },
    )

    const limits = (Object.keys(EXCESSES) as Limit[]).filter(
      (limit) => (EXCESSES[limit].only ?? connect({ url: '' }).name) === connect({ url: '' }).name,
    )
    it.each(limits)('a refusal is counted by the name of its limit: %s', async (limit) => {
      const { asked, closes, env = {}, adapt } = EXCESSES[limit]
      const ms = Date.now()
      const gateway = await startGateway({
        emulator: { world: documentedWorld() },
        env,
        now: () => ms,
        ...(adapt && { adapt }),
      })
      try {
        gateway.emulator.faults.add({ fault: { kind: 'slow', delayMs: 200 } })
        const transport = connect(gateway)
        const answers =
          closes === transport.name
            ? await Promise.allSettled(asked.map((one) => transport.ask(one)))
            : await transport.askTogether(asked)
        if (closes !== transport.name)
          expect((answers as readonly GraphAnswer[]).map((answer) => codesOf(answer)[0] ?? 'ok')).toEqual([
            ...asked.slice(1).map(() => 'ok'),
            LIMIT_CODES[limit],
          ])
        const counted = (await gateway.metrics()).match(/^task_gateway_refusals_total\{.*$/gm)
        expect(counted).toEqual([
          `task_gateway_refusals_total{code="${LIMIT_CODES[limit]}",limit="${limit}"} 1`,
        ])
      } finally {
        await gateway.close()
      }
    })

    it('operations in flight are limited together with those of the other transport', async () => {
      const gateway = await startGateway({
        emulator: { world: documentedWorld() },
        env: { TASK_GATEWAY_MAX_IN_FLIGHT: '2', TASK_GATEWAY_CALLER_SHARE: '1' },
      })
      try {
        gateway.emulator.faults.add({ fault: { kind: 'slow', delayMs: 300 } })
        const held = TRANSPORTS.map((other, at) =>
          other(gateway).ask({ query: `{ ${at === 0 ? 'cdbTasks' : 'postgresTasks'} { totalCount } }` }),
        )
        await until(() => gateway.emulator.log.calls.length >= 2)
        expect(codesOf(await connect(gateway).ask({ query: '{ __typename }' }))).toEqual(['OVERLOADED'])
        expect((await Promise.all(held)).map(codesOf)).toEqual([[], []])
        expect(codesOf(await connect(gateway).ask({ query: '{ __typename }' }))).toEqual([])
      } finally {
        await gateway.close()
      }
    })

    it('a response is taken from the cache that the other transport has filled', async () => {
      const world = worldOf({ cdb: { 'ap-guangzhou': rowsFrom('cdb', 5, 1_700_000_000) } })
      const gateway = await startGateway({ emulator: { world }, env: { TASK_GATEWAY_CACHE_TTL_MS: '60000' } })
      try {
        const asked = {
          query: 'query A($n: Int) { cdbTasks(first: $n) { nodes { taskId } } }',
          variables: { n: 3 },
        }
        const transports: readonly Transport[] = TRANSPORTS.map((other) => other(gateway))
        // How a response of this type is sent is known from the first one.
        for (const transport of transports) await transport.ask({ query: '{ __typename }' })
        const [other] = transports.filter(({ name }) => name !== connect(gateway).name)
        const first = await other?.ask(asked)
        const again = await connect(gateway).ask(asked)
        expect(again).toEqual({
          data: first?.data,
          extensions: { upstream: { calls: 0, cacheHits: 1, shared: 0, queuedMs: 0 } },
        })
        // One response, and that the one of no upstream must not be kept: an own entry of each transport would be more.
        expect(await gateway.metrics()).toContain('task_gateway_cache_entries{cache="whole_answers"} 2')
        expect(gateway.emulator.log.count()).toBe(1)
      } finally {
        await gateway.close()
      }
    })
  },
)

it('a trace names the same facts over both transports', async () => {
  const [emulator, collector] = [await startEmulator({ quotas: 'off' }), await startCollector()]
  const gateway = new GatewayProcess({
    ...settings(emulator),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  })
  try {
    const url = await gateway.url()
    for (const connect of TRANSPORTS)
      for (const query of [
        'query A { tasks { totalCount } }',
        '{ nothing }',
        '{ tasks(first: 0) { totalCount } }',
      ])
        await connect({ url }).ask({ query })
    gateway.signal('SIGTERM')
    expect(await gateway.exitCode).toBe(0)
    const [http, webSocket] = ['http', 'websocket'].map((transport) =>
      collector
        .spans()
        .filter(({ attributes }) => attributes['task_gateway.transport'] === transport)
        .map(({ name, kind, attributes }) => ({
          name,
          kind,
          attributes: { ...attributes, 'task_gateway.transport': 0, 'task_gateway.request_id': 0 },
        })),
    )
    expect(http).toHaveLength(3)
    expect(webSocket).toEqual(http)
  } finally {
    await gateway.kill()
    collector.close()
    await emulator.close()
  }
})

it('every event of a subscription is charged what it cost beyond the plan', async () => {
  const nowSecond = Math.floor(Date.now() / 1000)
  const gateway = await startGateway({
    emulator: { world: worldOf({ cdb: { [REGION]: [cdbRow(1, nowSecond - 60)] } }) },
    env: { TASK_GATEWAY_CALLER_RATE: '4' },
  })
  try {
    const listed = await gateway.query('{ cdbTasks { nodes { id } } }')
    const id = textAt(listed.body, 'data', 'cdbTasks', 'nodes', 0, 'id')
    const lists = Array.from(
      { length: 20 },
      (_, day) =>
        `d${day}: tasks(filter: { startedAt: { from: "2020-01-${day + 10}T00:00:00Z" } }) { totalCount }`,
    )
    const query = `subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { instances { ${lists.join(' ')} } } }`
    await until(() => Date.now() / 1000 > nowSecond + 2)
    const socket = await RawSocket.enter(gateway.url)
    socket.subscribe('1', query, { ids: [id] })
    for (const Progress of [20, 30, 40]) {
      const calls = at(await socket.next(), 'payload', 'extensions', 'upstream', 'calls')
      expect(calls).toBe(20)
      gateway.emulator.world.change('cdb', REGION, 1, { Progress })
    }
    const { body } = await gateway.query('{ tasks { totalCount } }')
    await socket.close()
    expect(codesOf(body)).toEqual(['RATE_LIMITED'])
    // The plan was paid for at the start: 21 calls, at four a second.
    expect(Number(at(body, 'errors', 0, 'extensions', 'retryAfterMs'))).toBeGreaterThan(8_000)
  } finally {
    await gateway.close()
  }
})

it('a caller who owes too much is given events that it has to pay for at its rate, and others at once', async () => {
  const nowSecond = Math.floor(Date.now() / 1000)
  const file = await createKeyFile([keyEntry('hostile', 'hostile'), keyEntry('valid', 'valid')])
  const gateway = await startGateway({
    emulator: { world: worldOf({ cdb: { [REGION]: [cdbRow(1, nowSecond - 60)] } }) },
    env: { ...file.env, TASK_GATEWAY_CALLER_RATE: '1' },
  })
  try {
    const listed = await gateway.query('{ cdbTasks { nodes { id } } }', {}, { 'x-api-key': 'valid' })
    const id = textAt(listed.body, 'data', 'cdbTasks', 'nodes', 0, 'id')
    const lists = Array.from(
      { length: 20 },
      (_, day) =>
        `d${day}: tasks(filter: { startedAt: { from: "2020-01-${day + 10}T00:00:00Z" } }) { totalCount }`,
    )
    const [hostile, valid] = await Promise.all(
      ['hostile', 'valid'].map((apiKey) => RawSocket.enter(gateway.url, { apiKey })),
    )
    if (!hostile || !valid) throw new Error('no sockets')
    const query = `subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { progress instances { ${lists.join(' ')} } } }`
    hostile.subscribe('1', query, { ids: [id] })
    await hostile.next()
    valid.subscribe('1', 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { progress } }', { ids: [id] })
    await valid.next()
    for (const Progress of [20, 30]) {
      gateway.emulator.world.change('cdb', REGION, 1, { Progress })
      expect(at(await valid.next(), 'payload', 'data', 'taskUpdated', 'progress')).toBe(Progress)
    }
    // It owes the 20 calls of the first state, so that nothing more is asked for it before it owes ten.
    expect(hostile.messages.filter(({ type }) => type === 'next')).toHaveLength(1)
    await Promise.all([hostile.close(), valid.close()])
  } finally {
    await gateway.close()
    await file.remove()
  }
})

it('the first states of a subscription are planned by the number of its ids', async () => {
  const gateway = await startGateway({ emulator: { world: documentedWorld() } })
  try {
    const listed = await gateway.query('{ tasks { nodes { id } } }')
    const ids = listAt(listed.body, 'data', 'tasks', 'nodes').map((node) => textAt(node, 'id'))
    const fields = Array.from({ length: 18 }, (_, n) => `a${n}: tasks(first: 1) { totalCount }`)
    const query = `subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { instances { ${fields.join(' ')} } } }`
    gateway.emulator.log.clear()
    const socket = await RawSocket.enter(gateway.url)
    socket.subscribe('1', query, { ids })
    const { type, payload } = await socket.next()
    await socket.close()
    expect([type, at(payload, 0, 'extensions')]).toEqual([
      'error',
      { code: 'QUERY_TOO_COSTLY', cost: ids.length + ids.length * 18, limit: 200 },
    ])
    expect(gateway.emulator.log.count()).toBe(0)
  } finally {
    await gateway.close()
  }
})

it('clients that come back start more subscriptions at once than may be in flight', async () => {
  const gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { TASK_GATEWAY_MAX_IN_FLIGHT: '200', TASK_GATEWAY_CALLER_SHARE: '1' },
  })
  const sockets = await Promise.all(Array.from({ length: 10 }, () => RawSocket.enter(gateway.url)))
  try {
    for (const socket of sockets)
      for (let id = 0; id < 100; id++)
        socket.subscribe(String(id), 'subscription { taskActivity { __typename } }')
    const [first] = sockets
    const started = async () =>
      /_live_subscriptions\{kind="activity"\} (\d+)/.exec(await gateway.metrics())?.[1]
    while (first && (await started()) !== '1000') await roundTrip(first)
    expect(sockets.flatMap(({ messages }) => messages).map(({ type }) => type)).not.toContain('error')
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()))
    await gateway.close()
  }
})

async function roundTrip(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
}
