import * as fc from 'fast-check'
import type { TaskOrder } from '../../../src/tasks/order'
import type { TestRedis } from '../redis'
import { describeHistory } from './draw-history'
import { openHttpWalker, type HttpWalker } from './http-walker'
import type { UpstreamOption } from './options'

/** Another one walks other histories. */
const SEED = Number(process.env['PAGING_SEED'] ?? 1)
/** A seed under which tasks were lost that ended between two answers of different ages. */
const ONCE_BROKEN = 1_549_893_831
const ORDERS: readonly TaskOrder[] = [
  { field: 'STARTED_AT', direction: 'DESC' },
  { field: 'STARTED_AT', direction: 'ASC' },
  { field: 'ENDED_AT', direction: 'DESC' },
  { field: 'ENDED_AT', direction: 'ASC' },
]
const QUESTIONS = ORDERS.flatMap((order) => [
  { order, backward: false, name: `${order.field} ${order.direction}, forward` },
  { order, backward: true, name: `${order.field} ${order.direction}, backward` },
])

export interface HttpHistories {
  /** For each order and each side from which one walks. */
  readonly histories: number
  readonly options: readonly UpstreamOption[]
  /** Where gateways share; none: there is one gateway alone. */
  readonly redis?: () => TestRedis
}

/** Tests that walk histories in every order, each for a number of seeds. */
export function describeHttpHistories({ histories, options, redis }: HttpHistories): void {
  const walkers = new Map<UpstreamOption, Promise<HttpWalker>>()
  const walkerOf = (option: UpstreamOption): Promise<HttpWalker> => {
    const walker = walkers.get(option) ?? openHttpWalker(option, redis?.())
    walkers.set(option, walker)
    return walker
  }

  afterAll(async () => {
    for (const walker of walkers.values()) await (await walker).close()
  })

  it.each(QUESTIONS)(
    'gives every task once, in order, and tells the truth about what is left: $name',
    async ({ order, backward }) => {
      const holds = fc.asyncProperty(
        fc.constantFrom(...options),
        fc.noShrink(fc.nat()),
        async (option, seed) => {
          const { problems, history } = await (await walkerOf(option)).walk(seed, { order, backward })
          const broken = problems.slice(0, 3).map(({ kind, text }) => `${kind}: ${text}`)
          if (broken.length > 0) throw new Error(`${broken.join('\n')}\n(${describeHistory(history)})`)
        },
      )
      const examples = options.map((option): [UpstreamOption, number] => [option, ONCE_BROKEN])
      await fc.assert(holds, { numRuns: histories, seed: SEED, examples, endOnFailure: true })
    },
    120_000,
  )

  it('is served from kept answers time and again', async () => {
    const hits = await Promise.all(Array.from(walkers.values(), async (walker) => (await walker).cacheHits))
    expect(hits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(8 * histories)
  })
}
