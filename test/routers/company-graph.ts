import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPOSERS } from '../company/compose'
import { startCompany } from '../company/start'
import { startGateway, type TestGateway } from '../support/gateway'
import { rowsFrom, worldOf } from '../support/worlds'
import { startRecorder, type Recorder } from './recorder'
import { RouterProcess, type RouterName } from './router-process'

export const REGION = 'ap-guangzhou'
/** Those that the inventory owns; the last one is of a product that has no tasks here. */
export const INSTANCES = { cdb: 'cdb-c1nl9rpv', postgres: 'postgres-q6fj84vb', other: 'crs-redis' }

/** The gateway resolves references for the one who knows it. */
export const ROUTER_SECRET = 'known-to-the-router'

const NOV_2023 = Date.UTC(2023, 10, 1) / 1000
const SUBGRAPH = join(__dirname, '..', '..', 'schema', 'subgraph.graphql')

/** The three subgraphs of the company, served. */
export interface CompanyGraph {
  readonly gateway: TestGateway
  /** What routers send to the gateway. */
  readonly recorder: Recorder
  route(name: RouterName, composer: keyof typeof COMPOSERS): Promise<RouterProcess>
  close(): Promise<void>
}

/** Thirty tasks of each product, on one instance each. */
export async function startCompanyGraph(): Promise<CompanyGraph> {
  const cdb = rowsFrom('cdb', 30, NOV_2023).map((row) => ({ ...row, InstanceIds: [INSTANCES.cdb] }))
  const postgres = rowsFrom('postgres', 30, NOV_2023).map((row) => ({
    ...row,
    DBInstanceId: INSTANCES.postgres,
  }))
  const world = worldOf({ cdb: { [REGION]: cdb }, postgres: { [REGION]: postgres } })
  const env = { TASK_GATEWAY_GRAPHIQL: 'false', TASK_GATEWAY_ROUTER_SECRET: ROUTER_SECRET }
  const gateway = await startGateway({ emulator: { world }, env })
  const recorder = await startRecorder(gateway.url)
  const company = await startCompany(Object.values(INSTANCES))
  const tasks = { name: 'tasks', url: `${recorder.url}/graphql`, sdl: readFileSync(SUBGRAPH, 'utf8') }
  return {
    gateway,
    recorder,
    route(name, composer) {
      const { supergraph, complaints } = COMPOSERS[composer]([tasks, ...company.parts])
      if (supergraph === null) throw new Error(complaints.join('\n'))
      return RouterProcess.start(name, supergraph, ROUTER_SECRET)
    },
    async close() {
      await company.close()
      await recorder.close()
      await gateway.close()
    },
  }
}
