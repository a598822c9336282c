import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import packageJson from '../package.json'
import { at, listAt, textAt } from './support/answer'
import { KEYS } from './support/config'
import { DemoProcess } from './support/demo-process'
import { createFolder } from './support/folder'
import { ask } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'

const ROOT = join(__dirname, '..')
const INSTALL_MS = 120_000
const MEGABYTES = 2 ** 20

const run = promisify(execFile)

async function npm(words: readonly string[], cwd = ROOT): Promise<string> {
  const { stdout } = await run('npm', words, { cwd, maxBuffer: 64 * MEGABYTES })
  return stdout
}

describe('the package', () => {
  let packed: unknown
  let command: [string, ...string[]]
  beforeAll(async () => {
    const folder = createFolder({ 'package.json': '{}' })
    packed = at(JSON.parse(await npm(['pack', '--json', '--pack-destination', folder])), 0)
    const tarball = join(folder, textAt(packed, 'filename'))
    await npm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], folder)
    command = [join(folder, 'node_modules', '.bin', 'task-gateway')]
  }, INSTALL_MS)

  it('holds what runs and the schema; no sources, tests, benches or maps', () => {
    const paths = listAt(packed, 'files').map((file) => textAt(file, 'path'))
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/cli.js',
        'dist/demo.js',
        'dist/graphiql/index.html',
        'dist/main.js',
        'schema/schema.graphql',
        'schema/subgraph.graphql',
      ]),
    )
    const others =
      /^(?!dist\/|schema\/|LICENSE$|README\.md$|package\.json$)|^dist\/bench\/|\.map$|tsbuildinfo/
    expect(paths.filter((path) => others.test(path))).toEqual([])
  })

  it('brings a command that says what is missing and exits 1 without credentials', async () => {
    const gateway = start({})
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stderr).toMatch(
      /set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY.*task-gateway demo/,
    )
  })

  it('brings a command that starts the gateway, which stops on SIGTERM', async () => {
    const gateway = start({ ...KEYS, PORT: '0', TASK_GATEWAY_ADMIN_PORT: '0', TASK_GATEWAY_DRAIN_MS: '0' })
    expect((await fetch(`${await gateway.url()}/readyz`)).status).toBe(200)
    gateway.signal('SIGTERM')
    expect(await gateway.exitCode).toBe(0)
  })

  it('brings a command that starts the demo, with its page', async () => {
    const demo = new DemoProcess({ PORT: '0' }, [...command, 'demo'])
    try {
      const url = await demo.url()
      const { body } = await ask(url, '{ tasks(first: 3) { nodes { taskId } } }')
      expect(listAt(body, 'data', 'tasks', 'nodes')).toHaveLength(3)
      expect((await fetch(`${url}/graphiql`)).status).toBe(200)
    } finally {
      expect(await demo.stop()).toBe(0)
    }
  })

  it('brings a command that names what it does not know, and how it is used', async () => {
    const [program] = command
    const refused = run(program, ['dmeo'])
    await expect(refused).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not know "dmeo"\n\nUsage: task-gateway/) as unknown,
    })
    expect((await run(program, ['--help'])).stdout).toMatch(/^Usage: task-gateway/)
  })

  function start(variables: Readonly<Record<string, string>>): GatewayProcess {
    const metadata = { TASK_GATEWAY_METADATA_ENDPOINT: 'http://127.0.0.1:1' }
    const env = { PATH: process.env['PATH'] ?? '', ...metadata, ...variables }
    return new GatewayProcess(env, [], command)
  }
})

describe('the installation', () => {
  it('runs no script of any package', async () => {
    expect((await npm(['config', 'get', 'ignore-scripts'])).trim()).toBe('true')
  })

  it('can be listed as a bill of materials, with what only builds and tests marked as such', async () => {
    const bill: unknown = JSON.parse(await npm(['run', '--silent', 'sbom']))
    expect(at(bill, 'bomFormat')).toBe('CycloneDX')
    const components = listAt(bill, 'components')
    const isForDevelopment = ([name, version]: [string, string]): boolean | undefined => {
      const component = components.find(
        (each) => at(each, 'name') === name && at(each, 'version') === version,
      )
      return component === undefined
        ? undefined
        : listAt(component, 'properties').some(
            (each) => at(each, 'name') === 'cdx:npm:package:development' && at(each, 'value') === 'true',
          )
    }
    for (const entry of Object.entries(packageJson.dependencies))
      expect([entry, isForDevelopment(entry)]).toEqual([entry, false])
    const { typescript, jest, eslint } = packageJson.devDependencies
    expect(Object.entries({ typescript, jest, eslint }).map(isForDevelopment)).toEqual([true, true, true])
  })
})
