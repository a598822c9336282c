import { assume, type Assumptions } from '../assumptions'
import { ApiError } from './api-error'
import { PRODUCTS, type Service } from './products'
import { createRandom, hashText, hex8, type Random } from './random'
import { RegionTasks, type Beginning } from './region-tasks'
import { readRegion } from './regions'
import type { RowId, WireRow } from './row'

export interface WorldOptions {
  /** The same seed gives the same world (1). */
  readonly seed?: number
  readonly assumptions?: Partial<Assumptions>
  /** Asked once per list, and only when the list is; lists begin empty when absent. */
  readonly begin?: (service: Service, region: string) => Beginning
}

/** An answer as it goes over the wire; a task's id is a `bigint` where a number would lose digits. */
export interface WireAnswer {
  readonly Response: WireRow
}

/** Both upstream lists in every region: pure, without HTTP and without a clock of its own. */
export class World {
  readonly assumptions: Assumptions
  private readonly lists = new Map<string, RegionTasks>()
  private readonly begin: (service: Service, region: string) => Beginning
  private readonly seed: number
  private readonly random: Random

  constructor({ seed = 1, assumptions, begin = () => ({ rows: [], motion: null }) }: WorldOptions = {}) {
    this.assumptions = assume(assumptions)
    this.begin = begin
    this.seed = seed
    this.random = createRandom(hashText('request ids', seed))
  }

  /** What DescribeTasks answers; `region` null is a call without one. */
  describe(service: Service, region: string | null, parameters: unknown, nowMs: number): WireAnswer {
    const requestId = this.requestId()
    try {
      const list = this.list(
        service,
        readRegion(region, PRODUCTS[service].regionWhenAbsent(this.assumptions)),
      )
      return { Response: list.answer(parameters, nowMs, requestId) }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return refusal(error, requestId)
    }
  }

  /** Brings every list that was ever asked for up to this instant; `describe` does it for its own. */
  advance(nowMs: number): void {
    for (const list of this.lists.values()) list.advance(nowMs)
  }

  /**
   * Adds a task and gives its id. Fields left out are filled in, a field of `undefined` is absent from the row, and
   * an id field of null makes a row that shows none. The start time decides where it stands: the newest, or a late
   * arrival inside the list.
   * @throws Error when the list has a task with this id
   */
  insert(service: Service, region: string, fields: WireRow = {}): RowId {
    return this.list(service, region).insert(fields)
  }

  /** @throws Error when there is no such task */
  change(service: Service, region: string, id: RowId, fields: WireRow): void {
    this.list(service, region).change(id, fields)
  }

  /** @throws Error when there is no such task */
  remove(service: Service, region: string, id: RowId): void {
    this.list(service, region).remove(id)
  }

  /** Takes away the oldest tasks and gives their ids. */
  ageOut(service: Service, region: string, count: number): readonly RowId[] {
    return this.list(service, region).ageOut(count)
  }

  /** Every row, newest first, as of the last call that moved the list. */
  rows(service: Service, region: string): readonly WireRow[] {
    return this.list(service, region).rows()
  }

  /** A `RequestId` that this world has not given before. */
  requestId(): string {
    const [a, b, c, d] = [this.block(), this.block(), this.block(), this.block()]
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`
  }

  private block(): string {
    return hex8(this.random)
  }

  private list(service: Service, region: string): RegionTasks {
    const key = `${service} ${region}`
    const known = this.lists.get(key)
    if (known !== undefined) return known
    const beginning = this.begin(service, region)
    const list = new RegionTasks(PRODUCTS[service], this.assumptions, this.seed, beginning)
    this.lists.set(key, list)
    return list
  }
}

/** An error as the cloud answers it. */
export function refusal(error: ApiError, requestId: string): WireAnswer {
  return { Response: { Error: { Code: error.code, Message: error.message }, RequestId: requestId } }
}
