import { createClient, type Client } from 'graphql-ws'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { createKeyFile, keyEntry, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { RawSocket } from './support/raw-socket'
import { accountsEnv, startTwoAccounts } from './support/two-accounts'
import type { Emulator } from '../src/emulator/start'

const SECRET = 'a-secret-of-the-router'
const DEV = keyEntry('dev', 'dev', { accounts: ['dev'], providers: ['CDB'] })
const KEYS = [keyEntry('all', 'all'), DEV, keyEntry('none', 'none', { scopes: [] })]

let emulator: Emulator
let file: KeyFile
let gateway: TestGateway
let nowMs = Date.now()
beforeAll(async () => {
  emulator = await startTwoAccounts()
  file = await createKeyFile(KEYS)
  const env = { ...accountsEnv('prod', 'dev'), ...file.env, TASK_GATEWAY_ROUTER_SECRET: SECRET }
  gateway = await startGateway({ inFrontOf: emulator, env, now: () => nowMs })
})
afterAll(async () => {
  await gateway.close()
  await emulator.close()
  await file.remove()
})

const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
})

/** The first answer to a query over a connection of its own; rejects with the close event where it is refused. */
async function ask(connectionParams: Record<string, unknown>, query: string): Promise<unknown> {
  const url = `${gateway.url.replace('http', 'ws')}/graphql`
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
  clients.push(client)
  for await (const answer of client.iterate({ query })) return answer
  return null
}

const NAMES = '{ taskSources { name } }'

describe('a WebSocket', () => {
  it.each([{ authorization: 'Bearer dev' }, { 'x-api-key': 'dev' }])(
    'shows what the key of connection_init may see: %j',
    async (params) => {
      const names = ['cdb/dev/ap-guangzhou', 'cdb/dev/ap-shanghai']
      expect(await ask(params, NAMES)).toMatchObject({
        data: { taskSources: names.map((name) => ({ name })) },
      })
      const hidden = '{ tasks(filter: { accounts: ["prod"] }) { totalCount } }'
      expect(await ask(params, hidden)).toMatchObject({
        errors: [{ message: 'filter.accounts "prod" is not configured here' }],
      })
    },
  )

  it.each([
    ['no credential', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['one that may not read', { 'x-api-key': 'none' }],
    ['two', { authorization: 'Bearer all', 'x-api-key': 'all' }],
    ['the secret of the router alone', { 'x-router-secret': SECRET }],
  ])('with %s is closed with 4403', async (_, params) => {
    await expect(ask(params, NAMES)).rejects.toMatchObject({ code: 4403, reason: 'Forbidden' })
  })

  it('is no way around the secret of the router', async () => {
    for (const params of [{ 'x-api-key': 'all' }, { 'x-api-key': 'all', 'x-router-secret': 'wrong' }])
      expect(await ask(params, '{ _service { sdl } }')).toMatchObject({
        errors: [{ path: ['_service'], extensions: { code: 'FORBIDDEN' } }],
      })
  })
})

describe('a WebSocket whose key', () => {
  const WATCH = 'subscription { taskActivity { __typename } }'
  const withdrawn = { code: 4403, reason: 'The credentials have been withdrawn' }

  afterEach(() => write(KEYS))

  /** Later, so that the gateway looks at the file again. */
  async function write(content: unknown): Promise<void> {
    await file.write(content)
    nowMs = Math.max(nowMs, Date.now()) + 2000
  }

  /** Resolves when the gateway has looked at the file; a socket is all that makes it look. */
  async function seen(change: Promise<void>): Promise<void> {
    const reads = () => gateway.lines.filter((line) => line.includes('API keys')).length
    const before = reads()
    await change
    while (reads() === before) await sleep(10)
  }

  async function remove(): Promise<void> {
    await rm(file.path)
    nowMs += 2000
  }

  async function enter(key: string): Promise<RawSocket> {
    const socket = await RawSocket.enter(gateway.url, { 'x-api-key': key })
    socket.subscribe('1', WATCH)
    return socket
  }

  const isOpen = async (socket: RawSocket): Promise<void> => {
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  }

  it('is taken away from the file is closed with 4403, though nobody asks anything; others stay', async () => {
    const [gone, kept] = await Promise.all([enter('dev'), enter('all')])
    await write(KEYS.filter((key) => key !== DEV))
    expect(await gone.closed).toEqual(withdrawn)
    await isOpen(kept)
    await kept.close()
  })

  it.each([
    ['fewer rights', { ...DEV, accounts: [] }],
    ['another name', { ...DEV, name: 'development' }],
  ])('gets %s is closed, as what it was told before holds no more', async (_, changed) => {
    const socket = await enter('dev')
    await write([changed])
    expect(await socket.closed).toEqual(withdrawn)
  })

  it('stays is not closed by what changes beside it, nor while the file is wrong or gone', async () => {
    const socket = await enter('all')
    await seen(write('not JSON'))
    await seen(write([keyEntry('new', 'new'), ...KEYS].reverse()))
    await seen(remove())
    await isOpen(socket)
    await seen(write(KEYS))
    await isOpen(socket)
    await socket.close()
  })
})
