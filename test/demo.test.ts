import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { at, listAt } from './support/answer'

const ENTRY = join(__dirname, '..', 'dist', 'demo.js')
/** The demo's last words once it serves. */
const READY = 'Ctrl-C stops it.'

const run = promisify(execFile)
const started: ChildProcess[] = []
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

/** The demo, and what it printed until it served. */
async function startDemo(variables: Record<string, string>) {
  const child = spawn(process.execPath, [ENTRY], { env: { PATH: process.env['PATH'] ?? '', ...variables } })
  started.push(child)
  const output = { text: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.errors += chunk.toString()))
  const ended = once(child, 'exit')
  while (!output.text.includes(READY) && child.exitCode === null)
    await Promise.race([once(child.stdout, 'data'), ended])
  return { child, output, ended, url: /GraphQL +(http:\S+)\/graphql/.exec(output.text)?.[1] ?? '' }
}

describe('the demo', () => {
  it('says that its data is emulated, and where GraphiQL is', async () => {
    const { output, url } = await startDemo({ PORT: '0' })
    expect(output.text).toMatch(/EMULATED/)
    expect(output.text).toContain(`${url}/graphiql`)
    expect(output.errors).toBe('')
    const page = await fetch(`${url}/graphiql`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  it('prints a curl that works as pasted', async () => {
    const { output } = await startDemo({ PORT: '0' })
    const command = /^ *(curl [\s\S]*?)\n\n/m.exec(output.text)?.[1] ?? ''
    const { stdout } = await run('/bin/sh', ['-c', command])
    const answer: unknown = JSON.parse(stdout)
    expect(answer).not.toHaveProperty('errors')
    expect(listAt(answer, 'data', 'tasks', 'nodes')).toHaveLength(20)
    expect(listAt(answer, 'data', 'tasks', 'sources').map((source) => at(source, 'error'))).toEqual([
      null,
      null,
    ])
  })

  it('prints how to break a source and how to heal it, as pasted', async () => {
    const { output, url } = await startDemo({ PORT: '0' })
    const [breakIt = '', healIt = ''] = [...output.text.matchAll(/^ *(curl \S+ \S+\/__emulator\/.*)$/gm)].map(
      ([, command]) => command,
    )
    // Past dates, so that each list is asked anew.
    const isHealthy = async (year: number) => {
      const query = `{ tasks(first: 1, filter: { startedAt: { from: "${year}-01-01T00:00:00Z" } }) { sources { source { provider } error { code } } } }`
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
      })
      const sources = listAt(await answer.json(), 'data', 'tasks', 'sources')
      return Object.fromEntries(
        sources.map((source) => [String(at(source, 'source', 'provider')), at(source, 'error') === null]),
      )
    }
    await run('/bin/sh', ['-c', breakIt])
    expect(await isHealthy(2020)).toEqual({ CDB: true, POSTGRES: false })
    await run('/bin/sh', ['-c', healIt])
    expect(await isHealthy(2021)).toEqual({ CDB: true, POSTGRES: true })
  })

  it('takes a free port where the usual one is taken, and says so', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const address = server.address()
    const port = String(typeof address === 'object' ? address?.port : '')
    const { output, url } = await startDemo({ PORT: port })
    expect(output.text).toContain(`Port ${port} is taken`)
    expect(new URL(url).port).not.toBe(port)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('asks the emulator whatever the settings for a real cloud say', async () => {
    const { url, output } = await startDemo({
      PORT: '0',
      TENCENTCLOUD_SECRET_ID: 'AKIDreal',
      TENCENTCLOUD_SECRET_KEY: 'real',
      TASK_GATEWAY_CDB_ENDPOINT: 'https://cdb.tencentcloudapi.com',
      NODE_ENV: 'production',
    })
    const query = JSON.stringify({ query: '{ tasks(first: 1) { sources { error { code } } } }' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: query })
    expect(await answer.json()).toMatchObject({
      data: { tasks: { sources: [{ error: null }, { error: null }] } },
    })
    expect(output.text + output.errors).not.toContain('AKIDreal')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('stops at once, and well, on %s', async (signal) => {
    const { child, ended, output, url } = await startDemo({ PORT: '0' })
    await fetch(`${url}/healthz`)
    const sinceMs = performance.now()
    child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(performance.now() - sinceMs).toBeLessThan(3000)
    expect(output.errors).toBe('')
  })
})
