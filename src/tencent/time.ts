/** Upstream times are Beijing wall clock (UTC+8, no daylight saving) with one-second resolution. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

const WALL_CLOCK = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/

/**
 * Reads `yyyy-MM-dd HH:mm:ss` as Unix seconds.
 * `""`, `0000-00-00 00:00:00`, null, absent and text that is no such date are null: upstream writes them for "not yet".
 */
export function parseBeijingTime(text: unknown): number | null {
  if (typeof text !== 'string' || !WALL_CLOCK.test(text)) return null
  const part = (from: number, to: number): number => Number(text.slice(from, to))
  const [year, month, day] = [part(0, 4), part(5, 7), part(8, 10)]
  const [hour, minute, second] = [part(11, 13), part(14, 16), part(17, 19)]
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
