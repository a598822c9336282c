import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A version of Node that tests can start. */
export interface InstalledNode {
  /** As `node --version` prints it. */
  readonly version: string
  readonly path: string
}

const FOLDER = join(__dirname, '..', 'nodes')

/** The exact versions that `npm run test:node` installs, by their major. */
export function pinnedNodes(): ReadonlyMap<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  return new Map(
    Object.entries(dependencies).map(([name, alias]) => [
      name.replace('node-', ''),
      alias.slice(alias.lastIndexOf('@') + 1),
    ]),
  )
}

/** The Node that runs the tests, and those of `npm run test:node` that are installed. */
export function installedNodes(): readonly InstalledNode[] {
  const paths = [...pinnedNodes().keys()].map((major) =>
    join(FOLDER, 'node_modules', `node-${major}`, 'bin', 'node'),
  )
  const others = paths
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: execFileSync(path, ['--version']).toString().trim() }))
    .filter(({ version }) => version !== process.version)
  return [{ version: process.version, path: process.execPath }, ...others]
}
