import { createEmptyWorld } from '../src/emulator/world/create-world'
import { describeHistory, drawHistory } from './support/paging/draw-history'
import { askOverHttp } from './support/paging/http-gateway'
import { OPTIONS } from './support/paging/options'
import { walk } from './support/paging/walk-history'
import { startEmulator } from '../src/emulator/start'
import { startGateway } from './support/gateway'

const HISTORIES = 25
const CACHE_TTL_MS = 1000
const REGIONS = 'ap-guangzhou,ap-shanghai,eu-frankfurt'

describe('a walk over HTTP', () => {
  it.each(OPTIONS.slice(0, 4))(
    'gives every task once, with the signed client and GraphQL between: $name',
    async (option) => {
      let nowMs = 0
      const world = createEmptyWorld({ assumptions: option.assumptions })
      const now = () => nowMs
      const emulator = await startEmulator({ world, now, quotas: 'off' })
      const { faults } = emulator
      const broken: string[] = []
      for (let seed = 1; seed <= HISTORIES; seed++) {
        const drawn = drawHistory(seed, option, world)
        // Nothing moves between two calls of a page here.
        const history = { ...drawn, motion: drawn.motion === 'within' ? 'wild' : drawn.motion } as const
        const clock = {
          get nowMs() {
            return nowMs
          },
          // What moved is older than any answer may be: the check knows nothing of staleness.
          set nowMs(ms: number) {
            nowMs = ms + CACHE_TTL_MS
          },
        }
        nowMs = history.clock.nowMs
        // A cache of its own: every history begins at the same instant, with another world.
        const gateway = await startGateway({
          now,
          inFrontOf: emulator,
          env: {
            TASK_GATEWAY_CDB_REGIONS: REGIONS,
            TASK_GATEWAY_POSTGRES_REGIONS: REGIONS,
            // By end time what ended within the age of an answer stands last, which the check does not know.
            TASK_GATEWAY_CACHE_TTL_MS: history.order.field === 'ENDED_AT' ? '0' : String(CACHE_TTL_MS),
          },
        })
        const { problems } = await walk({ ...history, clock }, askOverHttp(gateway), (place, calls) => {
          if (place.service === 'cdb' && place.region === 'ap-guangzhou') faults.clear()
          if (calls !== null)
            faults.add({ ...place, after: calls, fault: { kind: 'apiError', code: 'FailedOperation.Down' } })
        })
        faults.clear()
        await gateway.close()
        for (const { kind, text } of problems) broken.push(`${kind}: ${text} (${describeHistory(history)})`)
        for (const row of history.model.all()) history.model.remove(row)
      }
      await emulator.close()
      expect(broken.slice(0, 5)).toEqual([])
    },
    120_000,
  )
})
