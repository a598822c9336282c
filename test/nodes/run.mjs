// Runs the tests on a version of Node: `npm run test:node -- 22 [--share] [options of jest]`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = join(HERE, '..', '..')
const MAJORS = ['22', '24', '26']

/** What is most likely to differ between versions of Node; `bench:drain` stops a gateway under load. */
const SHARE = [
  'node-versions', // starts the built gateway, lists, subscribes, stops
  'main',
  'list',
  'sign',
  'tencent-transport',
  'paging-histories',
  'auth-keys',
  'auth-jwt',
  'live-socket',
].map((name) => join('test', `${name}.test.ts`))

const [major = '', ...rest] = process.argv.slice(2)
const isShare = rest.includes('--share')
const jestOptions = rest.filter((word) => word !== '--share')

if (!MAJORS.includes(major)) fail(`name a version of Node: ${MAJORS.join(', ')}`)
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`Node ${major}: skipped, its binaries are for Linux on x64 only`)
  process.exit(0)
}
const missing = SHARE.filter((file) => !existsSync(join(ROOT, file)))
if (missing.length > 0) fail(`no such tests: ${missing.join(', ')}`)

run('npm', ['ci', '--prefix', HERE, '--no-bin-links', '--no-audit', '--no-fund'], process.env)
const bin = join(HERE, 'node_modules', `node-${major}`, 'bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
run('node', ['--version'], env)
run('npm', ['test', '--', ...(isShare ? ['--runTestsByPath', ...SHARE] : []), ...jestOptions], env)
if (isShare) run('npm', ['run', 'bench:drain', '--', '--rounds', '1'], env)
else run('npm', ['run', 'lint'], env)

function run(command, words, environment) {
  const { status } = spawnSync(command, words, { cwd: ROOT, env: environment, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

function fail(problem) {
  console.error(`test:node: ${problem}`)
  process.exit(64)
}
