import { formatBeijingTime } from '../tencent/time'

/** The last year that has four digits, with room for the zone. */
const LAST_SECOND = Date.UTC(9999, 0, 1) / 1000

/** A bound as the upstreams read it; no task is older than the epoch, nor younger than what they can be told. */
export function wallClock(second: number): string {
  return formatBeijingTime(Math.min(Math.max(0, second), LAST_SECOND))
}
