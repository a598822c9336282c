/** Upstream times are Beijing wall clock (UTC+8, no daylight saving) with one-second resolution. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

const WALL_CLOCK = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/

/**
 * Reads `yyyy-MM-dd HH:mm:ss` as Unix seconds.
 * `""`, `0000-00-00 00:00:00`, null, absent and text that is no such date are null: upstream writes them for "not yet".
 */
export function parseBeijingTime(text: unknown): number | null {
  if (typeof text !== 'string' || !WALL_CLOCK.test(text)) return null
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`)
  // Date.parse lets 30 February roll over into March; such a text is no date.
  const isDate = new Date(ms).getUTCDate() === Number(text.slice(8, 10))
  return isDate ? (ms - BEIJING_OFFSET_MS) / 1000 : null
}

/** Writes Unix seconds as `yyyy-MM-dd HH:mm:ss` Beijing time. */
export function formatBeijingTime(second: number): string {
  return new Date(second * 1000 + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}
