/** Upstream times are Beijing wall clock (UTC+8, no daylight saving) with one-second resolution. */
const BEIJING_OFFSET_MS = 8 * 3_600_000

const ZERO = '0'.charCodeAt(0)
const WALL_CLOCK = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/
/** Unix seconds from 2001 to 2286, or milliseconds of the same time: no number is both. */
const UNIX_SECONDS = /^[1-9]\d{9}(\.\d+)?$/
const UNIX_MILLISECONDS = /^[1-9]\d{12}$/
/** RFC 3339, or the documented form with a fraction or a zone. */
const OTHER_FORM =
  /^(?<date>\d{4}-\d{2}-\d{2})(?<separator>[Tt ])(?<time>\d{2}:\d{2}:\d{2})(?:\.\d+)?(?<zone>[Zz]|[+-]\d{2}:?\d{2})?$/
/** Upstreams and their libraries write these for "not yet". */
const NO_TIME = /^(|0+(\.0+)?|0000-00-00.*|0001-01-01.*|1970-01-01.*)$/
const LONGEST_SHAPE = 40

/**
 * Reads a time of a row as Unix seconds: `yyyy-MM-dd HH:mm:ss`, or another form that has but one meaning.
 * Null for everything else, and for the zero date and the epoch, which are no time.
 */
export function parseTime(value: unknown): number | null {
  const second = parseBeijingTime(value) ?? parseOtherForm(value)
  return second !== null && second > 0 ? second : null
}

/** The shape of a time that cannot be read (`00/00/0000`), for the log; null where there is no time, or one that can. */
export function unreadableShape(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim()
  if (NO_TIME.test(text) || parseTime(value) !== null) return null
  return text.slice(0, LONGEST_SHAPE).replace(/\d/g, '0').replace(/\p{L}/gu, 'a')
}

function parseOtherForm(value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim()
  if (UNIX_SECONDS.test(text)) return Math.floor(Number(text))
  if (UNIX_MILLISECONDS.test(text)) return Math.floor(Number(text) / 1000)
  const { date, separator, time, zone } = OTHER_FORM.exec(text)?.groups ?? {}
  const beijingSecond = parseBeijingTime(`${date} ${time}`)
  if (beijingSecond === null) return null
  // With a T and without a zone it may be the time of any zone.
  if (zone === undefined) return separator === ' ' ? beijingSecond : null
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  const aheadSeconds = Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60)
  return beijingSecond + BEIJING_OFFSET_MS / 1000 - aheadSeconds
}

/** Reads `yyyy-MM-dd HH:mm:ss` as Unix seconds; null for everything else. */
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
