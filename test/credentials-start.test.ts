import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from '../src/emulator/start'
import { GatewayProcess } from './support/gateway-process'

const home = mkdtempSync(join(tmpdir(), 'home-'))
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
afterAll(() => rmSync(home, { recursive: true }))

async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closers.push(() => server.close().closeAllConnections())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
}

/** A gateway that has no key of its own. */
function start(metadata: string, variables: Readonly<Record<string, string>> = {}): GatewayProcess {
  const gateway = new GatewayProcess({
    HOME: home,
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TASK_GATEWAY_METADATA_ENDPOINT: metadata,
    ...variables,
  })
  closers.push(() => gateway.kill())
  return gateway
}

it('is not delayed by more than about a second where no metadata service answers', async () => {
  const beganMs = Date.now()
  const silent = start(await listen(() => undefined))
  const absent = start('http://127.0.0.1:1')
  expect(await absent.exitCode).toBe(1)
  expect(await silent.exitCode).toBe(1)
  expect(Date.now() - beganMs).toBeLessThan(4000)
  expect(silent.stderr).toMatch(
    /no credential: .*npm run demo.*role of this machine: no answer within 1000 ms/,
  )
  expect(absent.stderr).toMatch(/role of this machine: .*ECONNREFUSED/)
})

it('signs with the role of the machine, and with the next credential once the first is refused', async () => {
  let turn = 1
  const credential = (of: number) => ({
    id: `role-id-${of}`,
    key: `canary-key-${of}`,
    token: `canary-token-${of}`,
  })
  const metadata = await listen(({ url = '' }, response) => {
    const { id, key, token } = credential(turn)
    const expires = Math.floor(Date.now() / 1000) + 3600
    const answer = { TmpSecretId: id, TmpSecretKey: key, Token: token, ExpiredTime: expires }
    response.end(url.endsWith('/') ? 'reader' : JSON.stringify(answer))
  })
  const known = [1, 2].map((of) => {
    const { id, key, token } = credential(of)
    const expired = of === 1 ? { tokenExpiresAtMs: Date.now() + 500 } : {}
    return { secretId: id, secretKey: key, token, ...expired }
  })
  const emulator = await startEmulator({
    credentials: known,
    now: () => Date.now() + (turn === 1 ? 0 : 1000),
  })
  closers.push(() => emulator.close())
  const gateway = start(metadata, { TASK_GATEWAY_CDB_ENDPOINT: emulator.url, LOG_LEVEL: 'trace' })
  const url = await gateway.url()
  turn = 2
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ cdbTasks(first: 1) { nodes { id } sources { error { code } } } }' }),
  })
  expect(await answer.json()).toMatchObject({
    data: { cdbTasks: { nodes: [{}], sources: [{ error: null }] } },
    extensions: { upstream: { calls: 2 } },
  })
  expect(emulator.log.calls.map(({ secretId }) => secretId)).toEqual(['role-id-1', 'role-id-2'])
  expect(gateway.stdout + gateway.stderr).not.toContain('canary')
  expect(gateway.lines).toContainEqual(expect.objectContaining({ msg: 'the credential has changed' }))
})
