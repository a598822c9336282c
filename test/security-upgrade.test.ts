import { connect } from 'node:net'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const H2C = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n'
const WEBSOCKET =
  'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n'

const warnings: string[] = []
const note = ({ message }: Error) => void warnings.push(message)

let gateway: TestGateway
beforeAll(async () => {
  process.on('warning', note)
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
})
afterAll(async () => {
  process.off('warning', note)
  await gateway.close()
})

const post = (id: string, headers: string, query = '{ __typename }') => {
  const body = JSON.stringify({ query })
  return `POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${id}\r\n${headers}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** One connection. */
function open() {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  let text = ''
  let wake = () => undefined as unknown
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    wake()
  })
  const ids = () => [...text.matchAll(/x-request-id: (\S+)/g)].map(([, id]) => id)
  return {
    socket,
    /** The ids of the answers, in their order, when there are so many. */
    answers: async (count: number) => {
      while (ids().length < count) await new Promise((resolve) => (wake = () => resolve(undefined)))
      return { ids: ids(), statuses: [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status) }
    },
  }
}

const names = Array.from({ length: 30 }, (_, at) => `id-${at}`)

it('an upgrade to HTTP/2 that is asked for again and again leaves nothing behind', async () => {
  const { socket, answers } = open()
  for (const [at, name] of names.entries()) {
    socket.write(post(name, H2C))
    await answers(at + 1)
  }
  expect(await answers(30)).toEqual({ ids: names, statuses: names.map(() => '200') })
  expect(warnings).toEqual([])
  socket.destroy()
})

it('upgrades that come in one write are all answered, in their order', async () => {
  const { socket, answers } = open()
  socket.write(names.map((name) => post(name, H2C)).join(''))
  expect(await answers(30)).toEqual({ ids: names, statuses: names.map(() => '200') })
  expect(warnings).toEqual([])
  socket.destroy()
})

it('a WebSocket is opened after the answers to what was asked before', async () => {
  const { socket, answers } = open()
  gateway.emulator.faults.add({ fault: { kind: 'slow', delayMs: 300 } })
  socket.write(
    post('first', '', '{ tasks { totalCount } }') +
      post('second', '') +
      `GET /graphql HTTP/1.1\r\nhost: localhost\r\nx-request-id: third\r\n${WEBSOCKET}\r\n`,
  )
  expect(await answers(3)).toEqual({ ids: ['first', 'second', 'third'], statuses: ['200', '200', '101'] })
  gateway.emulator.faults.clear()
  socket.destroy()
})

it('a client that leaves before its upgrade has come to its turn leaves nothing behind', async () => {
  const { socket } = open()
  gateway.emulator.faults.add({ fault: { kind: 'slow', delayMs: 300 } })
  socket.write(
    `${post('first', '', '{ cdbTasks { totalCount } }')}GET /graphql HTTP/1.1\r\nhost: localhost\r\n${WEBSOCKET}\r\n`,
  )
  await new Promise((resolve) => setImmediate(resolve))
  socket.resetAndDestroy()
  gateway.emulator.faults.clear()
  expect((await gateway.query('{ __typename }')).status).toBe(200)
  expect(await gateway.metrics()).toMatch(/^task_gateway_live_connections 0$/m)
})
