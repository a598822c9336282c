import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEYS, SECRET_ID, SECRET_KEY } from './support/config'
import { GatewayProcess } from './support/gateway-process'

const TOKEN = 'canaryToken000000000000000000000'
const CURSOR_SECRET = 'canaryCursor00000000000000000000'

const home = mkdtempSync(join(tmpdir(), 'gateway-'))
const started: GatewayProcess[] = []
const upstreams: Server[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((gateway) => gateway.kill()))
  for (const upstream of upstreams.splice(0)) upstream.close().closeAllConnections()
})
afterAll(() => rmSync(home, { recursive: true }))

describe('a start that is refused', () => {
  it('without credentials says what to set and that the demo needs none', async () => {
    const gateway = start({})
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stdout).toBe('')
    expect(gateway.stderr).toMatch(/set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY.*npm run demo/)
  })

  it('tells every problem in one message of plain lines, and no secret', async () => {
    const gateway = start({
      PORT: 'http',
      TASK_GATEWAY_AUTH: 'jwt',
      TASK_GATEWAY_ROUTER_SECRET: 'canary',
      TENCENTCLOUD_SECRET_KEY: SECRET_KEY,
    })
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stderr.split('\n')).toEqual([
      'The gateway cannot start with these settings:',
      expect.stringMatching(/^ {2}- PORT is "http"/),
      expect.stringMatching(/^ {2}- TENCENTCLOUD_SECRET_ID is missing/),
      expect.stringMatching(/^ {2}- TASK_GATEWAY_JWKS_URL is missing/),
      expect.stringMatching(/^ {2}- TASK_GATEWAY_JWT_ISSUER is missing/),
      expect.stringMatching(/^ {2}- TASK_GATEWAY_JWT_AUDIENCE is missing/),
      expect.stringMatching(/^ {2}- TASK_GATEWAY_ROUTER_SECRET \(its value is not shown\)/),
      '',
    ])
    expect(gateway.stderr).not.toContain('canary')
  })

  it.each([
    ['PORT', /EADDRINUSE.*set HOST and PORT/],
    ['TASK_GATEWAY_ADMIN_PORT', /EADDRINUSE.*TASK_GATEWAY_ADMIN_PORT/],
  ])('names %s where that port is taken', async (name, message) => {
    const taken = new URL(await listen((_, response) => response.end())).port
    const gateway = start({ ...KEYS, [name]: taken })
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stderr).toMatch(message)
  })
})

describe('a gateway that runs', () => {
  it('takes its key from the credentials file and logs a warning for a name it does not know', async () => {
    mkdirSync(join(home, '.tencentcloud'))
    writeFileSync(join(home, '.tencentcloud', 'credentials'), '[default]\nsecret_id = id\nsecret_key = key\n')
    const gateway = start({ TASK_GATEWAY_CBD_RATE: '1' })
    const ready = await fetch(`${await gateway.url()}/readyz`)
    rmSync(join(home, '.tencentcloud'), { recursive: true })
    expect(ready.status).toBe(200)
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringContaining('TASK_GATEWAY_CDB_RATE') as unknown,
      }),
    )
  })

  it.each([
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('on %s is not ready at once, serves on, then exits 0', async (signal, echo) => {
    const gateway = start({ ...KEYS, TASK_GATEWAY_DRAIN_MS: '700' })
    const url = await gateway.url()
    expect(await status(`${url}/readyz`)).toBe(200)
    const toldMs = performance.now()
    gateway.signal(signal)
    // As from a terminal and from npm for one Ctrl-C; of the same kind, the system may make one of two.
    gateway.signal(echo)
    while ((await status(`${url}/readyz`)) !== 503);
    expect(await status(`${url}/healthz`)).toBe(200)
    expect(await gateway.exitCode).toBe(0)
    expect(performance.now() - toldMs).toBeGreaterThan(650)
  })

  it('exits 1 at once when it is told again', async () => {
    const gateway = start({ ...KEYS, TASK_GATEWAY_DRAIN_MS: '60000' })
    await gateway.url()
    const again = setInterval(() => gateway.signal('SIGTERM'), 50)
    const exitCode = await gateway.exitCode.finally(() => clearInterval(again))
    expect(exitCode).toBe(1)
    expect(gateway.lines.at(-1)).toMatchObject({ msg: expect.stringContaining('again') as unknown })
  })

  it.each([
    ['an error that nobody catches', 'uncaughtException', 'throw error'],
    ['a promise that nobody awaits', 'unhandledRejection', 'Promise.reject(error)'],
  ])('logs %s without its secrets and exits 1', async (_, origin, statement) => {
    const preload = join(home, `${origin}.js`)
    const error = 'const error = new Error("lost " + process.env.TENCENTCLOUD_SECRET_KEY)'
    writeFileSync(preload, `process.on('SIGUSR2', () => { ${error}; ${statement} })`)
    const gateway = start({ ...KEYS }, ['--require', preload])
    await gateway.url()
    gateway.signal('SIGUSR2')
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.lines.at(-1)).toMatchObject({ level: 'fatal', origin, err: { message: 'lost [secret]' } })
    expect(gateway.stdout + gateway.stderr).not.toContain('canary')
  })

  it('shows no secret at the level trace, nor to callers, when an upstream sends them back', async () => {
    let asked = 0
    const endpoint = await listen(({ headers }, response) => {
      asked += 1
      const text = `${JSON.stringify(headers)} ${SECRET_KEY} ${CURSOR_SECRET}`
      const error = { Code: 'AuthFailure.SignatureFailure', Message: text }
      response.end(JSON.stringify({ Response: { Error: error, RequestId: 'r' } }))
    })
    const gateway = start({
      ...KEYS,
      TENCENTCLOUD_TOKEN: TOKEN,
      TASK_GATEWAY_CURSOR_SECRET: CURSOR_SECRET,
      TASK_GATEWAY_CDB_ENDPOINT: endpoint,
      TASK_GATEWAY_DRAIN_MS: '0',
      LOG_LEVEL: 'trace',
    })
    const answer = await ask(await gateway.url(), '{ cdbTasks(first: 1) { edges { node { id } } } }')
    expect(asked).toBeGreaterThan(0)
    gateway.signal('SIGTERM')
    expect(await gateway.exitCode).toBe(0)
    for (const secret of [SECRET_ID, SECRET_KEY, TOKEN, CURSOR_SECRET]) {
      expect(answer + gateway.stdout + gateway.stderr).not.toContain(secret)
    }
  })
})

function start(
  variables: Readonly<Record<string, string>>,
  nodeArguments: readonly string[] = [],
): GatewayProcess {
  const ports = { PORT: '0', TASK_GATEWAY_ADMIN_PORT: '0' }
  // Nobody listens there: a test asks no real metadata service.
  const role = { TASK_GATEWAY_METADATA_ENDPOINT: 'http://127.0.0.1:1' }
  const gateway = new GatewayProcess({ HOME: home, ...ports, ...role, ...variables }, nodeArguments)
  started.push(gateway)
  return gateway
}

async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  upstreams.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? '') : ''}`
}

async function status(url: string): Promise<number> {
  return (await fetch(url)).status
}

async function ask(url: string, query: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).text()
}
