import { join } from 'node:path'
import { Answering } from '../support/answering'
import type { Load, LoadFigures } from './loader'
import type { UpstreamOrder, UpstreamState } from './upstream'

/** What stands around those that are measured, each in a process of its own. */
export interface Bench {
  readonly upstream: {
    tell(order: UpstreamOrder): Promise<UpstreamState>
  }
  readonly loader: {
    load(load: Load): Promise<LoadFigures>
  }
  stop(): Promise<void>
}

/** The emulated upstreams without their quotas, and the loader. */
export async function startBench(): Promise<Bench> {
  const upstream = new Answering(join(__dirname, 'upstream.js'), {})
  await upstream.answer()
  await upstream.ask({ quota: 'off' } satisfies UpstreamOrder)
  const loader = new Answering(join(__dirname, 'loader.js'), {})
  return {
    upstream: { tell: async (order) => (await upstream.ask(order)) as UpstreamState },
    loader: { load: async (load) => (await loader.ask(load)) as LoadFigures },
    stop: async () => {
      await Promise.all([upstream.stop(), loader.stop()])
    },
  }
}
