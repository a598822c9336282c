import { parseBeijingTime } from '../../tencent/time'
import type { Assumptions } from '../assumptions'
import { ApiError } from './api-error'
import type { Product } from './product'
import { normalId, readId, type RowId, type WireRow } from './row'
import { TaskList } from './task-list'

/** Rows that change with the clock; asked before every answer. */
export interface Motion {
  /** What is new or changed, and what is gone, since the last call. */
  advance(nowMs: number): { readonly put: readonly WireRow[]; readonly remove: readonly RowId[] }
}

/** What a list holds when it is asked for the first time. */
export interface Beginning {
  readonly rows: readonly WireRow[]
  readonly motion: Motion | null
}

const MAX_REMEMBERED_TIMES = 10_000
/** Far above the ids that generated tasks count up to, and far below those that no double can hold. */
const FIRST_INSERTED_ID = 1_500_000_000

/** The tasks of one product in one region: questions to them, and what happens to them. */
export class RegionTasks {
  private readonly list: TaskList
  private readonly motion: Motion | null
  /** Instances that some row named at some time, gone rows included. */
  private readonly instances = new Set<string>()
  private readonly seconds = new Map<unknown, number | null>()
  /** For rows that are inserted. Where the list moves by itself, none that it takes later. */
  private nextId: RowId

  constructor(
    private readonly product: Product,
    private readonly assumptions: Assumptions,
    salt: number,
    beginning: Beginning,
  ) {
    this.list = new TaskList({
      ties: product.ties(assumptions),
      displacementSeconds: product.displacementSeconds(assumptions),
      missingStartTime: assumptions.missingStartTime,
      missingEndTime: assumptions.missingEndTime,
      salt,
    })
    this.motion = beginning.motion
    this.nextId = this.motion === null ? 1 : FIRST_INSERTED_ID
    for (const row of beginning.rows) this.put(row, this.idOf(row))
  }

  /** @throws ApiError */
  answer(parameters: unknown, nowMs: number, requestId: string): WireRow {
    this.advance(nowMs)
    const selection = this.product.readQuestion(parameters, {
      assumptions: this.assumptions,
      nowSecond: Math.floor(nowMs / 1000),
      knowsInstance: (instance) => this.instances.has(instance),
    })
    const page = this.list.select(selection)
    if (selection.offset > page.total && this.assumptions.offsetPastEnd === 'error') {
      throw new ApiError('InvalidParameter', 'The value of parameter `Offset` is past the end.')
    }
    return this.product.answer(page.total, page.rows, requestId)
  }

  advance(nowMs: number): void {
    if (this.motion === null) return
    const { put, remove } = this.motion.advance(nowMs)
    for (const row of put) this.put(row, this.idOf(row))
    for (const id of remove) this.list.remove(id)
  }

  insert(fields: WireRow): RowId {
    const id = this.idOf(fields)
    if (this.list.get(id) !== undefined) throw new Error(`there is a task ${String(id)} in this list already`)
    this.put({ ...this.product.plainRow(id), ...fields }, id)
    return id
  }

  change(id: RowId, fields: WireRow): void {
    const row = this.list.get(normalId(id))
    if (row === undefined) throw noSuchTask(id)
    this.put({ ...row.wire, ...fields }, row.id)
  }

  remove(id: RowId): void {
    if (!this.list.remove(normalId(id))) throw noSuchTask(id)
  }

  ageOut(count: number): readonly RowId[] {
    const oldest = this.list.sorted({ field: 'StartTime', direction: 'asc' }).slice(0, count)
    for (const row of oldest) this.list.remove(row.id)
    return oldest.map((row) => row.id)
  }

  rows(): readonly WireRow[] {
    return this.list.sorted({ field: 'StartTime', direction: 'desc' }).map((row) => row.wire)
  }

  private put(wire: WireRow, id: RowId): void {
    for (const instance of this.product.instancesOf(wire)) this.instances.add(instance)
    this.list.put({
      id,
      startSecond: this.secondOf(wire['StartTime']),
      endSecond: this.secondOf(wire['EndTime']),
      wire,
    })
    if (this.motion === null ? id >= this.nextId : id === this.nextId) this.nextId = normalId(BigInt(id) + 1n)
  }

  /** Remembered, because reading a time is most of what a new row costs and many rows share one. */
  private secondOf(time: unknown): number | null {
    const known = this.seconds.get(time)
    if (known !== undefined) return known
    const second = parseBeijingTime(time)
    if (this.seconds.size >= MAX_REMEMBERED_TIMES) this.seconds.clear()
    this.seconds.set(time, second)
    return second
  }

  private idOf(row: WireRow): RowId {
    return readId(row[this.product.idField]) ?? this.nextId
  }
}

function noSuchTask(id: RowId): Error {
  return new Error(`there is no task ${String(id)} in this list`)
}
