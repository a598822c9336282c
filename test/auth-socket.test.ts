import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createKeyFile, keyEntry, type KeyFile } from './support/auth'
import { startGateway, type TestGateway } from './support/gateway'
import { accountsEnv, startTwoAccounts } from './support/two-accounts'
import type { Emulator } from '../src/emulator/start'

const SECRET = 'a-secret-of-the-router'

let emulator: Emulator
let file: KeyFile
let gateway: TestGateway
beforeAll(async () => {
  emulator = await startTwoAccounts()
  file = await createKeyFile([
    keyEntry('all', 'all'),
    keyEntry('dev', 'dev', { accounts: ['dev'], providers: ['CDB'] }),
    keyEntry('none', 'none', { scopes: [] }),
  ])
  const env = { ...accountsEnv('prod', 'dev'), ...file.env, TASK_GATEWAY_ROUTER_SECRET: SECRET }
  gateway = await startGateway({ inFrontOf: emulator, env })
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
