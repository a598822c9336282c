import { isRecord } from '../lib/is-record'
import { parseBeijingTime } from '../tencent/time'

/** A row as it came: every field may be absent, null or of another type than documented. */
export type Row = Readonly<Record<string, unknown>>

const MAX_INT = 2 ** 31 - 1
const MAX_NUMBER = 2n ** 64n - 1n

/** Null where absent or empty. */
export function text(row: Row, field: string): string | null {
  const value = row[field]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Null where absent or not a whole number of 32 bits, which is what GraphQL's Int holds. */
export function int(row: Row, field: string): number | null {
  const value = row[field]
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT ? value : null
}

export function percent(row: Row, field: string): number | null {
  const value = int(row, field)
  return value !== null && value >= 0 && value <= 100 ? value : null
}

/** Unix seconds. */
export function second(row: Row, field: string): number | null {
  return parseBeijingTime(row[field])
}

/** A task's number: exact up to 64 bits, null where there is none. */
export function taskNumber(row: Row, field: string): bigint | null {
  const value = row[field]
  const number =
    typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : null
  return number !== null && number >= 0n && number <= MAX_NUMBER ? number : null
}

export function texts(row: Row, field: string): readonly string[] {
  const value = row[field]
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string' && item !== '')
    : []
}

export function rows(row: Row, field: string): readonly Row[] {
  const value = row[field]
  return Array.isArray(value) ? value.filter(isRecord) : []
}
