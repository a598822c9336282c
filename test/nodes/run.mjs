// Runs the tests on a version of Node: `npm run test:node -- 22 [--share] [options of jest]`.
import { existsSync } from 'node:fs'
import { environmentOf, isPossible, run } from './with.mjs'

/** What is most likely to differ between versions of Node. */
const SHARE = [
  'node-versions', // starts the built gateway, lists, subscribes, stops
  'main',
  'list',
  'sign',
  'tencent-transport',
  'paging-histories',
  'auth-keys',
  'auth-jwt',
  'websocket',
  'websocket-upgrade',
  'security-upgrade',
].map((name) => `test/${name}.test.ts`)

const [major, ...rest] = process.argv.slice(2)
const isShare = rest.includes('--share')
const jestOptions = rest.filter((word) => word !== '--share')

if (!isPossible) {
  console.log(`Node ${major}: skipped, its binaries are for Linux on x64 only`)
  process.exit(0)
}
const missing = SHARE.filter((file) => !existsSync(file))
if (missing.length > 0) throw new Error(`no such tests: ${missing.join(', ')}`)

const env = environmentOf(major)
run('node', ['--version'], env)
run('npm', ['test', '--', ...(isShare ? ['--runTestsByPath', ...SHARE] : []), ...jestOptions], env)
if (isShare) run('npm', ['run', 'bench:drain', '--', '--rounds', '1'], env)
else run('npm', ['run', 'lint'], env)
