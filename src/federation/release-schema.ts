import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `npm run schema:release`: remembers what this version serves, for later ones to be compared with. */
const root = join(__dirname, '..', '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const served = readFileSync(join(root, 'schema', 'schema.graphql'), 'utf8')
writeFileSync(join(root, 'schema', 'released.graphql'), `# Version ${version}\n${served}`)
