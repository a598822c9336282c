import { createEmptyWorld } from '../src/emulator/world/create-world'
import { describeHistory, drawHistory } from './support/paging/draw-history'
import { askOverHttp } from './support/paging/http-gateway'
import { OPTIONS } from './support/paging/options'
import { walk } from './support/paging/walk-history'
import { startGateway } from './support/gateway'

const HISTORIES = 25
const REGIONS = 'ap-guangzhou,ap-shanghai,eu-frankfurt'

describe('a walk over HTTP', () => {
  it.each(OPTIONS.slice(0, 4))(
    'gives every task once, with the signed client and GraphQL between: $name',
    async (option) => {
      let nowMs = 0
      const world = createEmptyWorld({ assumptions: option.assumptions })
      const now = () => nowMs
      const gateway = await startGateway({
        now,
        emulator: { world, now },
        env: {
          TASK_GATEWAY_CDB_REGIONS: REGIONS,
          TASK_GATEWAY_POSTGRES_REGIONS: REGIONS,
          TASK_GATEWAY_CACHE_TTL_MS: '0',
        },
      })
      const { faults } = gateway.emulator
      const broken: string[] = []
      for (let seed = 1; seed <= HISTORIES; seed++) {
        const drawn = drawHistory(seed, option, world)
        // Nothing moves between two calls of a page here.
        const history = { ...drawn, motion: drawn.motion === 'within' ? 'wild' : drawn.motion } as const
        const clock = {
          get nowMs() {
            return nowMs
          },
          set nowMs(ms: number) {
            nowMs = ms
          },
        }
        nowMs = history.clock.nowMs
        const { problems } = await walk({ ...history, clock }, askOverHttp(gateway), (place, calls) => {
          if (place.service === 'cdb' && place.region === 'ap-guangzhou') faults.clear()
          if (calls !== null)
            faults.add({ ...place, after: calls, fault: { kind: 'apiError', code: 'FailedOperation.Down' } })
        })
        faults.clear()
        for (const { kind, text } of problems) broken.push(`${kind}: ${text} (${describeHistory(history)})`)
        for (const row of history.model.all()) history.model.remove(row)
      }
      await gateway.close()
      expect(broken.slice(0, 5)).toEqual([])
    },
    120_000,
  )
})
