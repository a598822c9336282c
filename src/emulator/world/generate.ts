import { CDB_DOCUMENTED_ROWS } from './cdb-documented-rows'
import { drawCdbLives } from './cdb-life'
import type { Assumptions } from '../assumptions'
import { createIds } from './ids'
import type { DrawLife } from './life'
import { createMotion } from './motion'
import { POSTGRES_DOCUMENTED_ROWS } from './postgres-documented-rows'
import { drawPostgresLives } from './postgres-life'
import type { Service } from './products'
import { between, createRandom, hashText, type Random } from './random'
import type { Beginning } from './region-tasks'
import { MAIN_REGION } from './regions'
import type { RowId, WireRow } from './row'

const HISTORY_SECONDS = 400 * 86_400

/** Younger tasks are left to the motion, so that each can be seen to run and finish. */
const MOTION_SECONDS = 150

const SOME_REGIONS = [MAIN_REGION, 'ap-shanghai', 'ap-singapore', 'eu-frankfurt']

export interface GeneratedWorldOptions {
  /** The same seed and `nowMs` give the same world (1). */
  readonly seed?: number
  /** Unix milliseconds: all generated times lie relative to it. */
  readonly nowMs: number
  /** Tasks per product in the main region (3,000); a tenth of it in each other region. */
  readonly size?: number
  /** Where there are tasks (the main region and three others). */
  readonly regions?: readonly string[]
  /** Whether tasks go on starting and finishing (true). */
  readonly moving?: boolean
  /** Whether the documents' example rows are there too, in the main region (true). */
  readonly documented?: boolean
  readonly assumptions?: Partial<Assumptions>
}

/** What a generated list begins with: its history, the documents' rows, and what goes on. */
export function beginGenerated(options: GeneratedWorldOptions & { readonly seed: number }) {
  const { regions = SOME_REGIONS, size = 3000, moving = true, documented = true } = options
  return (service: Service, region: string): Beginning => {
    const main = region === MAIN_REGION
    const rows = main && documented ? [...DOCUMENTED_ROWS[service]] : []
    if (!regions.includes(region)) return { rows, motion: null }
    const random = createRandom(hashText(`${service} ${region}`, options.seed))
    const nextId = createIds(service, random)
    const draw = drawLives(service, hashText(region, options.seed).toString(36).padStart(6, '0').slice(-6))
    const beginSecond = Math.floor(options.nowMs / 1000) - MOTION_SECONDS
    rows.push(
      ...history({ service, random, nextId, draw, beginSecond, size: main ? size : Math.ceil(size / 10) }),
    )
    const begin = { random, nextId, draw, beginSecond, gapSeconds: main ? 2 : 15 }
    const motion = createMotion(begin)
    if (moving) return { rows, motion }
    return { rows: [...rows, ...motion.advance(options.nowMs).put], motion: null }
  }
}

const DOCUMENTED_ROWS: Readonly<Record<Service, readonly WireRow[]>> = {
  cdb: CDB_DOCUMENTED_ROWS,
  postgres: POSTGRES_DOCUMENTED_ROWS,
}

const NOT_BEGUN: Readonly<Record<Service, WireRow>> = {
  cdb: {
    StartTime: '0000-00-00 00:00:00',
    EndTime: '0000-00-00 00:00:00',
    TaskStatus: 'INITIAL',
    Progress: 0,
  },
  postgres: { StartTime: '', EndTime: '', Status: 'WaitSwitch', Progress: 0 },
}

function drawLives(service: Service, salt: string): DrawLife {
  return service === 'cdb' ? drawCdbLives(salt) : drawPostgresLives(salt)
}

interface History {
  readonly service: Service
  readonly random: Random
  readonly nextId: () => RowId
  readonly draw: DrawLife
  readonly beginSecond: number
  readonly size: number
}

/** Oldest first, thinner the older, with many tasks of one second. */
function history({ service, random, nextId, draw, beginSecond, size }: History): readonly WireRow[] {
  const rows: WireRow[] = []
  let together = 0
  let second = beginSecond
  for (let index = size; index > 0; index -= 1) {
    if (together === 0) {
      second = beginSecond - Math.floor(HISTORY_SECONDS * (index / size) ** 2)
      together = random() < 0.3 ? between(random, 2, 9) : 1
    }
    together -= 1
    const life = draw(random, nextId(), second)
    // A few tasks have never begun, and so have no start.
    rows.push({ ...life.render(beginSecond), ...(random() < 0.001 ? NOT_BEGUN[service] : {}) })
  }
  return rows
}
