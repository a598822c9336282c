import { between, type Random } from './random'
import type { RowId, WireRow } from './row'

/** A generated task: everything that will ever be true of it, drawn once. */
export interface Life {
  readonly id: RowId
  readonly startSecond: number
  /** Null for one that is never finished. */
  readonly endSecond: number | null
  /** The row as it stands at an instant. */
  render(nowSecond: number): WireRow
}

/** Draws a task that starts at a second; calls must come in the order of the ids. */
export type DrawLife = (random: Random, id: RowId, startSecond: number) => Life

/** How far a task is, from 0 to 100; one without an end stands still. */
export function progressAt(life: Pick<Life, 'startSecond' | 'endSecond'>, nowSecond: number): number {
  const { startSecond, endSecond } = life
  if (endSecond === null) return startSecond % 90
  if (nowSecond >= endSecond) return 100
  return Math.max(0, Math.floor((100 * (nowSecond - startSecond)) / (endSecond - startSecond)))
}

/** Most tasks take 20 to 120 seconds, some hours. */
export function drawDuration(random: Random): number {
  return random() < 0.03 ? between(random, 600, 9000) : between(random, 20, 120)
}
