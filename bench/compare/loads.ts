import type { Emulator } from '../../src/emulator/start'
import { Pool } from 'undici'
import type { MeasuredGateway } from '../support/gateway'
import { gatewayId } from '../support/gateway-ids'
import { runHerd } from '../support/herd-load'
import type { Judge } from '../support/judge'
import { runWatch, type TaskName } from '../support/watch-load'
import { APOLLO, CACHED, GATEWAY, type Contestant } from './contestants'
import { graphql } from './question'
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

const HERD_OF = [GATEWAY, CACHED, APOLLO]
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

function starter(contestant: Contestant): (emulator: Emulator) => Promise<MeasuredGateway> {
  return async (emulator) => {
    const wire = graphql('{ tasks(first: 1) { nodes { taskId } } }', {})
    const server = await startServer(contestant, { upstreamUrl: emulator.url, wire, right: { rows: 1 } })
    const pool = new Pool(server.url, { connections: 200 })
    return {
      async query(query, variables = {}) {
        const { method, path, headers, body } = graphql(query, variables)
        const answer = await pool.request({ method, path, headers, body })
        return answer.body.json()
      },
      async stop() {
        await pool.close()
        await server.stop()
      },
    }
  }
}
