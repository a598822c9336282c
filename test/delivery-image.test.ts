import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { From, DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import packageJson from '../package.json'
import { at, listAt, textAt } from './support/answer'
import { KEYS } from './support/config'
import { createFolder } from './support/folder'
import { freePort } from './support/free-port'
import { GatewayProcess } from './support/gateway-process'
import { buildImage, ignoredNames, runInShell, type Stage } from './support/image'

const ROOT = join(__dirname, '..')
const TEXT = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const BUILD_MS = 240_000

const run = promisify(execFile)

describe('the Dockerfile', () => {
  const steps = DockerfileParser.parse(TEXT).getInstructions()

  it('has nothing that a linter objects to', () => {
    expect(validate(TEXT).map(({ message, range }) => [range.start.line + 1, message])).toEqual([])
  })

  it('stands on one base, pinned to an exact version', () => {
    const bases = new Set(steps.filter((step) => step instanceof From).map((step) => step.getImage()))
    const [base] = bases
    expect(bases.size).toBe(1)
    expect(base).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/)
  })

  it('fetches nothing by itself: packages come by npm from the lock file', () => {
    expect(steps.filter((step) => step.getKeyword() === 'ADD')).toEqual([])
    const commands = steps.filter((step) => step.getKeyword() === 'RUN')
    expect(commands.map((step) => step.getArgumentsContent())).toEqual([
      'npm ci',
      'npm run build',
      'npm ci --omit=dev',
      'npm pkg delete devDependencies && npm sbom --sbom-format cyclonedx > sbom.json',
    ])
  })

  it('is sent nothing that it has no use for', () => {
    const ignored = ignoredNames(ROOT)
    expect(ignored.filter((name) => !/^[\w.]+$/.test(name))).toEqual([])
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist', 'test']))
  })
})

describe('the image that the steps of the Dockerfile make', () => {
  const started: GatewayProcess[] = []
  let image: Stage
  let folder: string
  beforeAll(async () => {
    image = await buildImage(ROOT, createFolder(), (command, cwd, stage) => {
      if (stage !== 'build' || command !== 'npm ci') return runInShell(command, cwd, stage)
      // The same lock file has been installed here already, with what is needed to build and to test.
      symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
      return Promise.resolve()
    })
    folder = join(image.root, image.workdir)
  }, BUILD_MS)
  afterEach(async () => {
    await Promise.all(started.splice(0).map((gateway) => gateway.kill()))
  })

  function start(variables: Readonly<Record<string, string>>): GatewayProcess {
    const [program = '', entry = ''] = image.entryPoint
    const gateway = new GatewayProcess(
      { PATH: process.env['PATH'] ?? '', HOME: folder, ...image.environment, ...variables },
      [],
      [program, join(folder, entry)],
    )
    started.push(gateway)
    return gateway
  }

  it('holds what runs, and neither sources nor what only builds and tests', () => {
    expect(readdirSync(folder).sort()).toEqual([
      'LICENSE',
      'dist',
      'node_modules',
      'package.json',
      'sbom.json',
    ])
    for (const name of Object.keys(packageJson.dependencies))
      expect([name, existsSync(join(folder, 'node_modules', name))]).toEqual([name, true])
    for (const name of ['typescript', 'jest', 'vite', 'graphiql'])
      expect([name, existsSync(join(folder, 'node_modules', name))]).toEqual([name, false])
  })

  it('lists in its bill of materials every package that it holds, with its version, and none other', () => {
    const bill: unknown = JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8'))
    expect(at(bill, 'bomFormat')).toBe('CycloneDX')
    const listed = listAt(bill, 'components').map(
      (each) => `${textAt(each, 'name')}@${textAt(each, 'version')}`,
    )
    const lock: unknown = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'))
    const installed = Object.entries(at(lock, 'packages') as object).map(
      ([path, entry]) => `${path.split('node_modules/').at(-1) ?? ''}@${textAt(entry, 'version')}`,
    )
    expect(new Set(listed)).toEqual(new Set(installed))
  })

  it('runs as a user that is not root, named by number', () => {
    expect(Number(image.user)).toBeGreaterThan(0)
  })

  it('listens to others only with authentication, or when told that it is not wanted', async () => {
    const metadata = { TASK_GATEWAY_METADATA_ENDPOINT: 'http://127.0.0.1:1' }
    const gateway = start(metadata)
    expect(await gateway.exitCode).toBe(1)
    expect(gateway.stderr).toMatch(/HOST is "0\.0\.0\.0".*TASK_GATEWAY_ALLOW_ANONYMOUS/)
    expect(gateway.stderr).toMatch(/TENCENTCLOUD_SECRET_ID/)
  })

  it('serves, is found healthy while it does, and stops on SIGTERM', async () => {
    const settings = { HOST: '127.0.0.1', PORT: String(await freePort()), TASK_GATEWAY_ADMIN_PORT: '0' }
    const gateway = start({
      ...settings,
      ...KEYS,
      TASK_GATEWAY_DRAIN_MS: '0',
      TASK_GATEWAY_GRAPHIQL: 'true',
    })
    const page = await fetch(`${await gateway.url()}/graphiql`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script')])
    expect(await isHealthy(settings)).toBe(true)
    gateway.signal('SIGTERM')
    expect(await gateway.exitCode).toBe(0)
    expect(await isHealthy(settings)).toBe(false)
  })

  async function isHealthy(settings: Readonly<Record<string, string>>): Promise<boolean> {
    const [program = '', ...rest] = image.healthCheck
    const env = { PATH: process.env['PATH'] ?? '', ...image.environment, ...settings }
    return run(program, rest, { env }).then(
      () => true,
      () => false,
    )
  }
})
