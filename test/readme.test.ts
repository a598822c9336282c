import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import packageJson from '../package.json'
import { DemoProcess } from './support/demo-process'
import { RawSocket } from './support/raw-socket'

const run = promisify(execFile)
const README = readFileSync(join(__dirname, '..', 'README.md'), 'utf8')
const ADDRESS = 'http://127.0.0.1:4000'

/** The fenced blocks of one language, in their order. */
function blocks(language: string): readonly string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

describe('the README', () => {
  const demo = new DemoProcess({ PORT: '0' })
  let url = ''
  beforeAll(async () => {
    url = await demo.url()
  })
  afterAll(() => demo.stop())

  it('starts the demo with the first command, which is the one that these tests run', () => {
    expect(blocks('sh')[0]).toBe('npm ci && npm run demo\n')
    expect(packageJson.scripts.demo).toBe('npm run --silent build && node dist/demo.js')
  })

  it('has curl lines that work as pasted', async () => {
    const lines = blocks('sh').filter((block) => block.startsWith('curl'))
    expect(lines).not.toEqual([])
    for (const line of lines) {
      expect(line).toContain(ADDRESS)
      const { stdout } = await run('sh', ['-c', line.replaceAll(ADDRESS, url)])
      const answer = JSON.parse(stdout) as {
        data: { tasks: { nodes: { provider: string }[] } }
        errors?: unknown
      }
      expect(answer.errors).toBeUndefined()
      expect(answer.data.tasks.nodes).toHaveLength(20)
    }
  })

  it('has queries whose answers are the ones printed behind them', async () => {
    const [queries, answers] = [blocks('graphql'), blocks('json')]
    expect(queries).not.toEqual([])
    expect(queries).toHaveLength(answers.length)
    for (const [at, query] of queries.entries()) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown }
      expect(errors).toBeUndefined()
      expect(data).toEqual(JSON.parse(answers[at] ?? ''))
    }
  })

  it('has subscriptions that send events without an error', async () => {
    const subscriptions = blocks('graphql subscription')
    expect(subscriptions).not.toEqual([])
    for (const query of subscriptions) {
      const socket = await RawSocket.enter(url)
      socket.subscribe('1', query)
      const event = await socket.next()
      await socket.close()
      expect(event).toMatchObject({ type: 'next', payload: { data: expect.any(Object) as unknown } })
      expect(event).not.toHaveProperty('payload.errors')
    }
  })

  it.each([...new Set(README.match(/npm run [a-z:]+/g))])('names a command that exists: %s', (command) => {
    expect(Object.keys(packageJson.scripts)).toContain(command.slice('npm run '.length))
  })
})
