import { join } from 'node:path'
import { Answering } from '../support/answering'
import type { Connect, Load, LoadFigures } from './loader'
import type { UpstreamOrder, UpstreamState, WorldShape } from './upstream'

/** What stands around those that are measured, each in a process of its own. */
export interface Bench {
  readonly upstream: {
    readonly pid: number
    tell(order: UpstreamOrder): Promise<UpstreamState>
  }
  readonly loader: {
    readonly pid: number
    connect(connections: Connect): Promise<void>
    /** By the connections that are open. */
    load(load: Load): Promise<LoadFigures>
  }
  stop(): Promise<void>
}

/** The emulated upstreams without their quotas, and the loader. */
export async function startBench(world: WorldShape = {}): Promise<Bench> {
  const upstream = new Answering(join(__dirname, 'upstream.js'), { env: { WORLD: JSON.stringify(world) } })
  await upstream.answer()
  const loader = new Answering(join(__dirname, 'loader.js'), {})
  return {
    upstream: { pid: upstream.pid, tell: async (order) => (await upstream.ask(order)) as UpstreamState },
    loader: {
      pid: loader.pid,
      connect: async (connections) => {
        await loader.ask(connections)
      },
      load: async (load) => (await loader.ask(load)) as LoadFigures,
    },
    stop: async () => {
      await Promise.all([upstream.stop(), loader.stop()])
    },
  }
}
