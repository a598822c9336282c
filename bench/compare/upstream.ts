import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { startEmulator } from '../../src/emulator/start'
import { createWorld } from '../../src/emulator/world/create-world'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import type { World } from '../../src/emulator/world/world'
import { expectedOf, type Lists } from './expected'
import type { ExpectedTask } from './question'

/** What the upstream can be told; each is answered. */
export interface UpstreamOrder {
  readonly latencyMs?: number
  /** Forget the calls so far. */
  readonly clear?: boolean
}

export interface UpstreamState {
  readonly url: string
  readonly calls: number
  /** The newest tasks of all lists, merged. */
  readonly expected: readonly ExpectedTask[]
}

/** What lists there are, those of both products in the main region if absent. */
export interface WorldShape extends Partial<Lists> {
  /** Tasks a product in the main region (500), a tenth of it in the others; long lists make the emulator slow. */
  readonly size?: number
}

/** A program of its own: both upstreams, with lists that stand still, so that there is one right answer. */
void main()

async function main(): Promise<void> {
  const shape = JSON.parse(process.env['WORLD'] ?? '{}') as WorldShape
  const { size = 500, regions = [MAIN_REGION], products = ['cdb', 'postgres'] } = shape
  const world = createWorld({ seed: 1, nowMs: Date.now(), moving: false, size, regions })
  for (const region of regions) removeLongNumbers(world, region)
  const emulator = await startEmulator({ world, credentials: [DEMO_CREDENTIAL], quotas: 'off' })
  const { log, settings, url } = emulator
  const expected = expectedOf(world, { regions, products })
  const state = (): UpstreamState => ({
    url,
    calls: log.calls.length,
    expected,
  })
  process.on('message', (order: UpstreamOrder) => {
    if (order.latencyMs !== undefined) settings.latencyMs = order.latencyMs
    process.send?.(state())
    if (order.clear === true) log.clear()
  })
  process.once('disconnect', () => process.exit())
  process.send?.(state())
}

/** Task numbers beyond 2^53 are exact at the gateway alone, and would make every other answer wrong. */
function removeLongNumbers(world: World, region: string): void {
  for (const { TaskId: id } of [...world.rows('postgres', region)]) {
    if (typeof id === 'bigint') world.remove('postgres', region, id)
  }
}
