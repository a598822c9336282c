import { createWorld } from '../../src/emulator/world/create-world'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import type { World } from '../../src/emulator/world/world'
import { formatBeijingTime } from '../../src/tencent/time'
import { fill } from './attack-shapes'

const LONG = { input: 20_000, message: 2000, list: 50, instances: 3 }
/** Beyond the ids of the generated tasks. */
const FIRST_ID = 900_000_000
const UNITS = ['x', '\u0000', '"\\', '中', '😀', '\n']

/** A generated world whose newest tasks hold long values, some of whose texts are longer when they are sent. */
export function createOddWorld(seed: number): World {
  const nowMs = Date.now()
  const world = createWorld({ seed, nowMs })
  UNITS.forEach((unit, at) => {
    const StartTime = formatBeijingTime(Math.floor(nowMs / 1000) - at)
    const text = (length: number) => unit.repeat(length / unit.length)
    const list = fill(LONG.list, (n) => n)
    world.insert('cdb', MAIN_REGION, {
      JobId: FIRST_ID + at,
      StartTime,
      Message: text(LONG.message),
      InstanceIds: fill(LONG.instances, (n) => `cdb-odd${at}x${n}`),
      TaskAttachInfo: list.map((n) => ({ AttachKey: `key ${n}`, AttachValue: text(100) })),
    })
    world.insert('postgres', MAIN_REGION, {
      TaskId: FIRST_ID + at,
      StartTime,
      TaskDetail: {
        Message: text(LONG.message),
        Input: JSON.stringify({ text: text(LONG.input), list: list.map(() => [[{}]]) }),
        Output: text(LONG.input),
        AllSteps: JSON.stringify(
          list.map((n) => ({ StepId: n, StepName: `step ${n}`, StepProcess: 50, StepMessage: text(100) })),
        ),
      },
    })
  })
  return world
}
