import { between, pick, type Random } from '../../../src/emulator/world/random'
import type { Place } from './direct-gateway'
import { drawRow } from './draw-world'
import { statusesOf, type ModelRow } from './model-row'
import type { ModelWorld } from './model-world'

/** When it is, and the second in which the walk began; Unix seconds. */
export interface MoveTimes {
  readonly nowSecond: number
  readonly walkSecond: number
}

type Change = (random: Random, model: ModelWorld, place: Place, times: MoveTimes) => void

/** What can happen to a list, as often as it does. */
const CHANGES: readonly Change[] = [
  arrive,
  arrive,
  arrive,
  arriveLate,
  arriveLate,
  changeStatus,
  changeStatus,
  finish,
  finish,
  disappear,
  disappear,
  ageOut,
  arriveUnbegun,
  begin,
]

/** Does one thing to one list. */
export function moveList(random: Random, model: ModelWorld, place: Place, times: MoveTimes): void {
  pick(random, CHANGES)(random, model, place, times)
}

function arrive(...[random, model, place, { nowSecond }]: Parameters<Change>): void {
  model.insert(drawRow(random, place, nowSecond, { nowSecond, unservable: 0 }))
}

/** Inside the list, often in a second that others have. */
function arriveLate(...[random, model, place, { nowSecond }]: Parameters<Change>): void {
  const other = anyRow(random, model, place, ({ start }) => start !== null)
  const start = (other?.start ?? nowSecond - 100) - pick(random, [0, 0, 1, 30])
  model.insert(drawRow(random, place, start, { nowSecond, unservable: 0 }))
}

function arriveUnbegun(...[random, model, place, { nowSecond }]: Parameters<Change>): void {
  model.insert(drawRow(random, place, null, { nowSecond, unservable: 0 }))
}

function changeStatus(...[random, model, place]: Parameters<Change>): void {
  const row = anyRow(random, model, place, () => true)
  if (row !== undefined)
    model.change(row, { status: pick(random, statusesOf(place.service, row.end !== null)) })
}

function finish(...[random, model, place, { nowSecond }]: Parameters<Change>): void {
  const row = anyRow(random, model, place, ({ start, end }) => start !== null && end === null)
  if (row !== undefined)
    model.change(row, { end: nowSecond, status: pick(random, statusesOf(place.service, true)) })
}

/** Not in the very second in which the walk began: there it cannot be told from what had begun before. */
function begin(...[random, model, place, { nowSecond, walkSecond }]: Parameters<Change>): void {
  if (nowSecond <= walkSecond) return
  const row = anyRow(random, model, place, ({ start }) => start === null)
  if (row !== undefined) model.change(row, { start: nowSecond })
}

function disappear(...[random, model, place]: Parameters<Change>): void {
  const row = anyRow(random, model, place, () => true)
  if (row !== undefined) model.remove(row)
}

function ageOut(...[random, model, place]: Parameters<Change>): void {
  const begun = model.rowsOf(place.service, place.region).filter(({ start }) => start !== null)
  const oldest = [...begun].sort((a, b) => (a.start ?? 0) - (b.start ?? 0)).slice(0, between(random, 1, 3))
  for (const row of oldest) model.remove(row)
}

function anyRow(
  random: Random,
  model: ModelWorld,
  { service, region }: Place,
  fits: (row: ModelRow) => boolean,
): ModelRow | undefined {
  const rows = model.rowsOf(service, region).filter(fits)
  return rows.length === 0 ? undefined : pick(random, rows)
}
