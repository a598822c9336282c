/** Upstream times are Beijing wall clock (UTC+8, no daylight saving) with one-second resolution. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

const WALL_CLOCK = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/

/**
 * Reads `yyyy-MM-dd HH:mm:ss` as Unix seconds.
 * `""`, `0000-00-00 00:00:00`, null, absent and text that is no such date are null: upstream writes them for "not yet".
 */
export function parseBeijingTime(text: unknown): number | null {
  const parts = typeof text === 'string' ? WALL_CLOCK.exec(text) : null
  if (parts === null) return null
  const [year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN] = parts
    .slice(1)
    .map(Number)
  if (hour > 23 || minute > 59 || second > 59) return null
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  // 30 February rolls over into March, and the year 26 is taken for 1926; such a text is no date.
  const isDate =
    date.getUTCDate() === day && date.getUTCMonth() === month - 1 && date.getUTCFullYear() === year
  return isDate ? (date.getTime() - BEIJING_OFFSET_MS) / 1000 : null
}

/** Writes Unix seconds as `yyyy-MM-dd HH:mm:ss` Beijing time. */
export function formatBeijingTime(second: number): string {
  return new Date(second * 1000 + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}
