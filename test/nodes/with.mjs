// Runs a command on a version of Node: `node test/nodes/with.mjs 24 npm test`.
import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = join(HERE, '..', '..')
export const MAJORS = ['22', '24', '26']

/** True where this machine can run the binaries that the package registry has. */
export const isPossible = process.platform === 'linux' && process.arch === 'x64'

/** Installs the versions of Node; returns the environment in which `node` and `npm` are of that major version. */
export function environmentOf(major) {
  if (!MAJORS.includes(major)) throw new Error(`there is no Node ${major} here, but ${MAJORS.join(', ')}`)
  run('npm', ['ci', '--silent', '--prefix', HERE, '--no-bin-links', '--no-audit', '--no-fund'], process.env)
  const bin = join(HERE, 'node_modules', `node-${major}`, 'bin')
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
}

/** Runs to the end; ends this process with the exit code of a command that fails. */
export function run(command, words, env) {
  const { status } = spawnSync(command, words, { cwd: ROOT, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [major, command, ...words] = process.argv.slice(2)
  if (!isPossible)
    console.error(`Node ${major} has binaries for Linux on x64 only: running on ${process.version}`)
  run(command, words, isPossible ? environmentOf(major) : process.env)
}
