import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import packageJson from '../package.json'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { listAt, textAt } from './support/answer'
import { DemoProcess } from './support/demo-process'
import { ask, settings } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'
import { installedNodes, pinnedNodes } from './support/nodes'

const DIST = join(__dirname, '..', 'dist')
const nodes = installedNodes()

describe.each(nodes)('on Node $version', ({ path }) => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.close())

  it('the built gateway serves a page and a subscription, stops, and prints nothing on stderr', async () => {
    const gateway = new GatewayProcess(settings(emulator), [], [path, join(DIST, 'main.js')])
    try {
      const url = await gateway.url()
      const { body } = await ask(
        url,
        '{ tasks(first: 20) { nodes { id isFinished } sources { error { code } } } }',
      )
      const tasks = listAt(body.data, 'tasks', 'nodes')
      expect([body.errors, tasks.length]).toEqual([undefined, 20])
      expect(await firstState(url, textAt(tasks[0], 'id'))).toBe(textAt(tasks[0], 'id'))
      gateway.signal('SIGTERM')
      expect(await gateway.exitCode).toBe(0)
    } finally {
      await gateway.kill()
    }
    expect(gateway.stderr).toBe('')
    expect(gateway.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    expect(gateway.stdout).not.toContain('Warning:')
  })

  it('the built demo serves, stops on Ctrl-C, and prints no warning', async () => {
    const demo = new DemoProcess({ PORT: '0' }, [path, join(DIST, 'demo.js')])
    const { body } = await ask(await demo.url(), '{ tasks(first: 3) { nodes { id } } }')
    expect(listAt(body.data, 'tasks', 'nodes')).toHaveLength(3)
    expect(await demo.stop()).toBe(0)
    expect(demo.errors).toBe('')
  })
})

async function firstState(url: string, id: string): Promise<string> {
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket })
  const query = 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id } }'
  const states = client.iterate({ query, variables: { ids: [id] } })
  const { value } = (await states.next()) as { value: unknown }
  await client.dispose()
  return textAt(value, 'data', 'taskUpdated', 'id')
}

describe('the supported versions of Node', () => {
  const majors = packageJson.engines.node.split(' || ').map((range) => /^\^(\d+)\./.exec(range)?.[1])
  const [oldest = ''] = majors

  it('are those that the tests run on', () => {
    expect(majors.slice(1)).toEqual([...pinnedNodes().keys()])
    expect(majors).toContain(process.versions.node.split('.')[0])
  })

  it('are all installed in CI on Linux, so that none is left out', () => {
    const others = [...pinnedNodes().values()].filter(
      (version) => !nodes.some((node) => node.version === `v${version}`),
    )
    const isComplete =
      process.env['CI'] === undefined || process.platform !== 'linux' || process.arch !== 'x64'
    if (others.length > 0)
      process.stderr.write(`Not tried on Node ${others.join(', ')}: npm run test:node installs them\n`)
    expect(isComplete || others.length === 0).toBe(true)
  })

  it('begin with the one whose types are used', () => {
    expect(packageJson.devDependencies['@types/node'].split('.')[0]).toBe(oldest)
  })

  it('include the one of the image, on which the whole suite runs', () => {
    const dockerfile = readFileSync(join(__dirname, '..', 'Dockerfile'), 'utf8')
    const images = [...dockerfile.matchAll(/^FROM node:(\S+)-bookworm-slim/gm)].map(([, version]) => version)
    const ci = readFileSync(join(__dirname, '..', '.ci', 'run'), 'utf8')
    const [, whole = ''] = /^WHOLE_SUITE_ON=(\d+)$/m.exec(ci) ?? []
    expect(new Set(images)).toEqual(new Set([pinnedNodes().get(whole)]))
  })
})
