/** Upstream times are Beijing wall clock (UTC+8, no daylight saving) with one-second resolution. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

const ZERO = '0'.charCodeAt(0)
const WALL_CLOCK = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/

/**
 * Reads `yyyy-MM-dd HH:mm:ss` as Unix seconds.
 * `""`, `0000-00-00 00:00:00`, null, absent and text that is no such date are null: upstream writes them for "not yet".
 */
export function parseBeijingTime(text: unknown): number | null {
  if (typeof text !== 'string' || !WALL_CLOCK.test(text)) return null
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)]
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)]
  // Date.UTC takes years of two digits for those of the last century, and lets 30 February roll over into March.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  return (Date.UTC(year, month - 1, day, hour, minute, second) - BEIJING_OFFSET_MS) / 1000
}

/** Writes Unix seconds as `yyyy-MM-dd HH:mm:ss` Beijing time. */
export function formatBeijingTime(second: number): string {
  return new Date(second * 1000 + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** The digits from `at` on as a number; a hundred times a page, so without a text for each. */
function digits(text: string, at: number, length: number): number {
  let value = 0
  for (let each = at; each < at + length; each++) value = value * 10 + text.charCodeAt(each) - ZERO
  return value
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
