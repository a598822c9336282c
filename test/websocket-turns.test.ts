import { setImmediate as nextRound } from 'node:timers/promises'
import { startGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { documentedWorld } from './support/worlds'
import type { Socket } from 'node:net'
import { encodeTaskId } from '../src/tasks/id'
import { until } from './support/exchange'
import { idOf } from './support/listed-source'
import { startLiveServer } from './support/live-server'

const SUBSCRIPTIONS = 50

it('handles one message of a client each time the event loop goes round, however many come in one write', async () => {
  const server = await startLiveServer()
  const socket = await RawSocket.enter(server.url)
  const { watches } = server.live
  const begun: number[] = []
  const look = (): void => {
    begun.push(watches.length)
    if (watches.length < SUBSCRIPTIONS) setImmediate(look)
  }
  const { _socket: stream } = socket.socket as unknown as { readonly _socket: Socket }
  stream.cork()
  const variables = { ids: [encodeTaskId(idOf(7))] }
  for (let id = 0; id < SUBSCRIPTIONS; id++)
    socket.subscribe(String(id), 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id } }', variables)
  stream.uncork()
  look()
  await until(() => watches.length === SUBSCRIPTIONS)
  const steps = begun.map((count, at) => count - (begun[at - 1] ?? 0))
  expect(Math.max(...steps)).toBeLessThanOrEqual(2)
  await socket.close()
  await server.close()
})

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')

const COUNT = 16
/** Within the cheap limits, so that all pairs of fields are compared, which takes longer than a turn; then refused. */
const SLOW = `{ tasks { ${many(20, (at) => `...F${at}`)} } } ${many(20, (at) => `fragment F${at} on TaskConnection { ${many(3, () => 'nodes { instances { id } }')} wrong }`)}`

it.each([
  ['of 16 KB', `#${'x'.repeat(16_000 - SLOW.length)}\n${SLOW}`],
  ['several of which come in one read', SLOW],
])('documents in one write take turns, so that others are served between them: %s', async (_, query) => {
  const gateway = await startGateway({ emulator: { world: documentedWorld() } })
  const socket = await RawSocket.enter(gateway.url)
  const answered = () => gateway.lines.filter((line) => line.includes('"msg":"answered"')).length
  const health = async () => (await fetch(`${gateway.url}/healthz`)).text()
  try {
    await health()
    let healthAt: number | null = null
    for (let id = 0; id < COUNT; id++) socket.subscribe(String(id), query)
    const asking = health().then(() => (healthAt = answered()))
    const perTurn: number[] = []
    for (let before = 0; before < COUNT; before = answered()) {
      await nextRound()
      perTurn.push(answered() - before)
    }
    await asking
    expect(Math.max(...perTurn)).toBe(1)
    expect(healthAt).toBeLessThan(COUNT)
  } finally {
    await socket.close()
    await gateway.close()
  }
})
