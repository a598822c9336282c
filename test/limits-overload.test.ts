import { connect, type Socket } from 'node:net'
import { at } from './support/answer'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

const OPEN = 40
const LATE_BY_MS = 60

let gateway: TestGateway
let open: readonly Socket[] = []
beforeEach(async () => {
  gateway = await startGateway({ emulator: { world: documentedWorld() } })
  open = Array.from({ length: OPEN }, openRequest)
})
afterEach(() => {
  for (const socket of open) socket.destroy()
  return gateway.close()
})

/** One that is under way as long as its body does not come. */
function openRequest(): Socket {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n',
  )
  return socket
}

function ask(): Promise<Response> {
  return fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __typename }' }),
  })
}

async function waitFor(status: number): Promise<unknown> {
  for (;;) {
    const answer = await ask()
    const body: unknown = await answer.json()
    if (answer.status === status) return body
  }
}

/** Takes the time of the event loop, as pages do that are put together one behind the other. */
function delayLoop(): NodeJS.Timeout {
  return setInterval(() => {
    const endMs = performance.now() + LATE_BY_MS
    while (performance.now() < endMs);
  }, 1)
}

it('refuses what it would be late with, however many may be under way, and serves again when it is on time', async () => {
  expect((await ask()).status).toBe(200)
  const delay = delayLoop()
  const refused = await waitFor(503).finally(() => {
    clearInterval(delay)
  })
  expect(at(refused, 'errors', 0, 'extensions', 'code')).toBe('OVERLOADED')
  expect(at(await waitFor(200), 'data')).toEqual({ __typename: 'Query' })
})

it('goes on to serve a few at a time where something else makes it late', async () => {
  for (const socket of open) socket.destroy()
  const delay = delayLoop()
  const statuses: number[] = []
  for (let count = 0; count < 20; count++) statuses.push((await ask()).status)
  clearInterval(delay)
  expect(new Set(statuses)).toEqual(new Set([200]))
})
