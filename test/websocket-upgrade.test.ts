import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { startLiveServer, type LiveServer, type LiveServerOptions } from './support/live-server'

let server: LiveServer
afterEach(() => server.close())

async function start(options: LiveServerOptions = {}): Promise<void> {
  server = await startLiveServer(options)
}

describe('an upgrade', () => {
  const OURS = {
    connection: 'upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }

  /** The answer in the place of a handshake. */
  const ask = (path: string, headers: Record<string, string>, method = 'GET', body = '') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const sent = request(server.url + path, { method, headers }, (answer) => {
        void text(answer).then((given) => resolve({ status: answer.statusCode, body: given }))
      })
      sent.on('upgrade', (_answer, socket) => {
        socket.destroy()
        resolve({ status: 101, body: '' })
      })
      sent.on('error', reject).end(body)
    })
  const upgrade = (path: string, headers: Record<string, string> = {}) =>
    ask(path, { ...OURS, upgrade: 'websocket', ...headers })

  it('is refused elsewhere, to a foreign Host and to pages of a foreign Origin', async () => {
    await start({ allowedOrigins: ['https://known.example'] })
    const own = new URL(server.url).host
    const refused: [string, Record<string, string>, number][] = [
      ['/', {}, 404],
      ['/graphql/', {}, 404],
      ['/graphql', { host: 'evil.example' }, 403],
      ['/graphql', { origin: 'https://evil.example' }, 403],
      ['/graphql', { origin: 'null' }, 403],
      ['/graphql', { origin: `http://${own}.evil.example` }, 403],
      ['/graphql', { origin: `http://127.0.0.1:1` }, 403],
      ['/graphql', { origin: 'https://known.example.evil.example' }, 403],
    ]
    for (const [path, headers, status] of refused) {
      const answer = await upgrade(path, headers)
      expect([path, headers, answer.status]).toEqual([path, headers, status])
      expect(JSON.parse(answer.body)).toHaveProperty('errors.0.extensions.code')
    }
    for (const origin of [`http://${own}`, 'https://known.example'])
      expect(await upgrade('/graphql?a=1', { origin })).toMatchObject({ status: 101 })
  })

  it('without the headers of a WebSocket is refused', async () => {
    await start()
    expect(await upgrade('/graphql', { 'sec-websocket-version': '7' })).toMatchObject({ status: 400 })
  })

  it('to anything but WebSocket is not done, and the request answered', async () => {
    await start()
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
    for (const body of ['small', 'x'.repeat(1_000_000)])
      expect(await ask('/graphql', headers, 'POST', body)).toEqual({ status: 200, body })
    // Whether the HTTP server's own limit refuses it, or ours, depends on the version of Node.
    const { status } = await ask('/graphql', headers, 'POST', 'x'.repeat(2_000_000))
    expect([200, 413]).toContain(status)
    expect(server.unexpected).toEqual([])
  })

  it('to anything but WebSocket, whose body comes in chunks, is served with its whole body', async () => {
    await start()
    const sent = request(`${server.url}/graphql`, {
      method: 'POST',
      headers: { connection: 'Upgrade', upgrade: 'h2c', 'transfer-encoding': 'chunked' },
    })
    const answered = new Promise<IncomingMessage>((resolve) => sent.once('response', resolve))
    sent.write('abc')
    await new Promise(setImmediate)
    sent.end('de')
    expect(await text(await answered)).toBe('abcde')
  })
})
