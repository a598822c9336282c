import type { Socket } from 'node:net'
import { encodeTaskId } from '../src/tasks/id'
import { until } from './support/exchange'
import { idOf } from './support/listed-source'
import { startLiveServer } from './support/live-server'
import { RawSocket } from './support/raw-socket'

const COUNT = 50

it('handles one message of a client each time the event loop goes round, however many come in one write', async () => {
  const server = await startLiveServer()
  const socket = await RawSocket.enter(server.url)
  const { watches } = server.live
  const begun: number[] = []
  const look = (): void => {
    begun.push(watches.length)
    if (watches.length < COUNT) setImmediate(look)
  }
  const { _socket: stream } = socket.socket as unknown as { readonly _socket: Socket }
  stream.cork()
  const variables = { ids: [encodeTaskId(idOf(7))] }
  for (let id = 0; id < COUNT; id++)
    socket.subscribe(String(id), 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id } }', variables)
  stream.uncork()
  look()
  await until(() => watches.length === COUNT)
  const steps = begun.map((count, at) => count - (begun[at - 1] ?? 0))
  expect(Math.max(...steps)).toBeLessThanOrEqual(2)
  await socket.close()
  await server.close()
})
