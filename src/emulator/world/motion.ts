import type { DrawLife, Life } from './life'
import type { Random } from './random'
import type { Motion } from './region-tasks'
import type { RowId, WireRow } from './row'

/** So many new tasks are kept before the oldest of them disappear. */
const KEEP = 5000

/** After a pause this long, what was missed is not made up for. */
const CATCH_UP_SECONDS = 3600

interface MotionOptions {
  readonly random: Random
  readonly nextId: () => RowId
  readonly draw: DrawLife
  /** Unix seconds of the first new task. */
  readonly beginSecond: number
  /** The mean time between two new tasks. */
  readonly gapSeconds: number
}

/**
 * Tasks that start, go on and finish as the clock goes on. Everything of a task is drawn when it starts, so what is
 * seen at an instant does not depend on how often one looked before.
 */
export function createMotion({ random, nextId, draw, beginSecond, gapSeconds }: MotionOptions): Motion {
  const started: RowId[] = []
  let running: Life[] = []
  let nextSecond = beginSecond
  let seenSecond = -Infinity

  const start = (nowSecond: number) => {
    if (nextSecond < nowSecond - CATCH_UP_SECONDS) nextSecond = nowSecond - CATCH_UP_SECONDS
    while (nextSecond <= nowSecond) {
      const life = draw(random, nextId(), Math.floor(nextSecond))
      started.push(life.id)
      running.push(life)
      // A third of the gaps are none at all: tasks of one second are common.
      nextSecond += random() < 0.34 ? 0 : random() * gapSeconds * 3
    }
  }

  return {
    advance(nowMs) {
      const nowSecond = Math.floor(nowMs / 1000)
      if (nowSecond <= seenSecond) return { put: [], remove: [] }
      seenSecond = nowSecond
      start(nowSecond)
      const put: WireRow[] = running.map((life) => life.render(nowSecond))
      running = running.filter((life) => life.endSecond !== null && life.endSecond > nowSecond)
      return { put, remove: started.splice(0, Math.max(0, started.length - KEEP)) }
    },
  }
}
