import type { Emulator } from '../../src/emulator/start'
import { Pool } from 'undici'
import type { MeasuredGateway } from '../support/gateway'
import { gatewayId } from '../support/gateway-ids'
import { runHerd } from '../support/herd-load'
import type { Judge } from '../support/judge'
import { runWatch, type TaskName } from '../support/watch-load'
import { APOLLO, CACHED, GATEWAY, HIVE, YOGA, type Contestant } from './contestants'
import { expectedOf } from './expected'
import { mergeLists, type TwoLists } from './two-lists'
import { graphql, WIRES, withInstant, type Wire } from './question'
import { startServer } from './server'

/** What the quotas left of a load, and what it cost upstream. */
export interface LoadResult {
  readonly load: 'herd' | 'watch'
  readonly contestant: Contestant
  readonly asked: number
  readonly wrong: number
  readonly calls: number
  /** Calls that the cloud's quota refused. */
  readonly rejected: number
}

const HERD_OF = [GATEWAY, CACHED, APOLLO, YOGA, HIVE]
const WATCH_OF = [GATEWAY, CACHED, APOLLO]

/** With the cloud's quotas and 30 ms latency; each contestant has the load for itself, one after the other. */
export async function measureLoads(): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = []
  const keep =
    (load: LoadResult['load'], contestant: Contestant) =>
    (judge: Judge, { log }: Emulator): void => {
      const rejected = log.count({ outcome: 'RequestLimitExceeded' })
      results.push({ load, contestant, ...judge.counts(), calls: log.count(), rejected })
    }
  for (const contestant of HERD_OF) {
    // Only the gateway tells of a source that is missing.
    const rest = contestant === GATEWAY ? 'sources { error { code } }' : ''
    await runHerd(starter(contestant), rest, keep('herd', contestant))
  }
  for (const contestant of WATCH_OF) {
    const idOf = contestant === GATEWAY ? gatewayId : peerId
    await runWatch(starter(contestant), idOf, keep('watch', contestant))
  }
  return results
}

/** As `schema.mjs` of the peers reads it. */
function peerId({ provider, number, asyncRequestId }: TaskName): string {
  return provider === 'CDB' ? `CDB:${number}:${asyncRequestId ?? ''}` : `POSTGRES:${number}`
}

function starter(contestant: Contestant): (emulator: Emulator, region: string) => Promise<MeasuredGateway> {
  return async (emulator, region) => {
    const { dialect } = contestant
    const expected = expectedOf(emulator.world, { regions: [region], products: ['cdb', 'postgres'] })
    const server = await startServer(contestant, { upstreamUrl: emulator.url, right: { dialect, expected } })
    const pool = new Pool(server.url, { connections: 200 })
    const ask = async ({ method, path, headers, body }: Wire): Promise<unknown> =>
      (await pool.request({ method, path, headers, body })).body.json()
    const both = WIRES['two lists']
    const bothLists = { ...both, body: withInstant(both.body ?? '', 0) }
    return {
      query: async (query, variables = {}) =>
        dialect === 'two lists'
          ? mergeLists((await ask(bothLists)) as TwoLists)
          : ask(graphql(query, variables)),
      async stop() {
        await pool.close()
        await server.stop()
      },
    }
  }
}
