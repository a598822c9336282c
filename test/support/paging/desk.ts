import type { Assumptions } from '../../../src/emulator/assumptions'
import type { Oddity } from '../../../src/emulator/server/oddities'
import { sourceName } from '../../../src/tasks/task'
import type { TaskFilter } from '../../../src/tasks/filter'
import type { TaskOrder } from '../../../src/tasks/order'
import type { PageArguments } from '../../../src/tasks/plan'
import type { TaskPage } from '../../../src/tasks/list-tasks'
import { DirectGateway, outage, type Place } from './direct-gateway'
import { BEGIN_SECOND } from './draw-world'
import { STATUSES, TYPES, type ModelRow } from './model-row'
import { ModelWorld } from './model-world'

export const CDB: Place = { service: 'cdb', region: 'ap-guangzhou' }
export const POSTGRES: Place = { service: 'postgres', region: 'ap-guangzhou' }
export const NEWEST_FIRST: TaskOrder = { field: 'STARTED_AT', direction: 'DESC' }
export const OLDEST_FIRST: TaskOrder = { field: 'STARTED_AT', direction: 'ASC' }
export const LAST_ENDED_FIRST: TaskOrder = { field: 'ENDED_AT', direction: 'DESC' }

/** Ways to walk through a list. */
export const WAYS = [
  ['newest first', { order: NEWEST_FIRST }],
  ['oldest first', { order: OLDEST_FIRST }],
  ['newest first, backward', { order: NEWEST_FIRST, last: 1 }],
  ['last ended first', { order: LAST_ENDED_FIRST }],
] as const
export const FIRST_ENDED_FIRST: TaskOrder = { field: 'ENDED_AT', direction: 'ASC' }

/** What one asks, with a default for each part. */
export interface Wish extends PageArguments {
  readonly filter?: TaskFilter
  readonly order?: TaskOrder
  readonly places?: readonly Place[]
  readonly isCounted?: boolean
}

/** A small world, and somebody who pages through it. */
export class Desk {
  readonly model: ModelWorld
  readonly gateway: DirectGateway
  readonly clock = { nowMs: BEGIN_SECOND * 1000 }
  /** What happens before the call of that number, counted from 0 in each page. */
  atCall: (number: number) => void = () => {}
  /** Calls left before a place fails. */
  readonly down = new Map<Place['service'], number>()
  readonly downRegions = new Set<string>()
  /** What is odd about every answer. */
  oddities: readonly Oddity[] = []

  constructor(
    private readonly places: readonly Place[] = [CDB, POSTGRES],
    assumptions: Partial<Assumptions> = {},
    scanCalls = 20,
  ) {
    this.model = new ModelWorld(assumptions, 1)
    this.gateway = new DirectGateway({
      model: this.model,
      now: () => this.clock.nowMs,
      scanCalls,
      odditiesOf: () => this.oddities,
      beforeCall: ({ service, region }) => {
        this.atCall(this.calls - 1)
        if (this.downRegions.has(region)) throw outage()
        const left = this.down.get(service)
        if (left === undefined) return
        if (left === 0) throw outage()
        this.down.set(service, left - 1)
      },
    })
  }

  /** `count` rows with numbers from `first` on, in the seconds that `at` gives, counted back from now. */
  fill(place: Place, count: number, at: (index: number) => number | null, first = 1): void {
    for (let index = 0; index < count; index++) this.put(place, first + index, at(index))
  }

  /** A finished row that began so many seconds ago; null: not yet. */
  put(place: Place, id: number, secondsAgo: number | null, changes: Partial<ModelRow> = {}): ModelRow {
    const start = secondsAgo === null ? null : BEGIN_SECOND - secondsAgo
    const row: ModelRow = {
      ...place,
      id,
      start,
      end: start === null ? null : start + 1,
      status: STATUSES[place.service][0] ?? ['SUCCEEDED', ''],
      type: TYPES[place.service][0] ?? ['OTHER', ''],
      instances: [`${place.service}-1`],
      hasNumber: true,
      ...changes,
    }
    this.model.insert(row)
    return row
  }

  row(place: Place, id: number): ModelRow {
    const row = this.model.get(`${place.service} ${place.region} ${id}`)
    if (row === undefined) throw new Error(`there is no row ${id}`)
    return row
  }

  async page({
    filter = {},
    order = NEWEST_FIRST,
    places = this.places,
    isCounted = false,
    ...page
  }: Wish = {}): Promise<TaskPage> {
    this.gateway.calls.length = 0
    return this.gateway.list({ page, filter, order, isCounted }, places)
  }

  /** How many rows each call of the last page asked for. */
  get limits(): readonly unknown[] {
    return this.gateway.calls.map(({ parameters }) => parameters['Limit'])
  }

  get calls(): number {
    return this.gateway.calls.length
  }

  /** Walks from one end to the other, and tells every task as `cdb 7`. */
  async walk(
    size: number,
    wish: Omit<Wish, 'after' | 'before'> = {},
    between: (page: number) => void = () => {},
    onPage: (page: TaskPage) => void = () => {},
  ): Promise<readonly string[]> {
    const found: string[] = []
    const isBackward = wish.last !== undefined
    for (let number = 0, cursor: string | null = null; number < 1000; number++) {
      const args = isBackward ? { last: size, before: cursor } : { first: size, after: cursor }
      const page: TaskPage = await this.page({ ...wish, ...args })
      onPage(page)
      found.push(...(isBackward ? namesOf(page).reverse() : namesOf(page)))
      const hasMore: boolean = await (isBackward ? page.hasPreviousPage() : page.hasNextPage())
      if (!hasMore) return found
      cursor = isBackward ? page.startCursor() : page.endCursor()
      between(number)
    }
    throw new Error('the walk comes to no end')
  }
}

/** The tasks of a page as `cdb 7`. */
export function namesOf(page: TaskPage): string[] {
  return page.edges.map(({ task }) => `${task.provider.toLowerCase()} ${task.number}`)
}

/** The sources whose tasks are missing. */
export function missingFrom(page: TaskPage): readonly string[] {
  return page.sources.filter(({ isMissing }) => isMissing).map(({ source }) => sourceName(source.key))
}
