import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSubgraph } from './subgraph'

/** `npm run schema`: writes what is served, as text. */
const folder = join(__dirname, '..', '..', 'schema')
const { plainSdl, subgraphSdl } = buildSubgraph()
writeFileSync(join(folder, 'schema.graphql'), plainSdl)
writeFileSync(join(folder, 'subgraph.graphql'), subgraphSdl)
