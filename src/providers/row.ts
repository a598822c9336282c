import { int32 } from '../lib/int32'
import { isRecord } from '../lib/is-record'
import { parseTime } from '../tencent/time'
import type { TaskStatus, TaskType } from '../tasks/task'

/** A row as it came: every field may be absent, null or of another type than documented. */
export type Row = Readonly<Record<string, unknown>>

/** At most as many as an unsigned number of 64 bits has. */
const DIGITS = /^-?\d{1,20}$/
const MAX_NUMBER = 2n ** 64n - 1n

/** Null where absent or empty. */
export function text(row: Row, field: string): string | null {
  const value = row[field]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The exact number in a text of digits. Returns any other value unchanged. */
export function wholeNumber(value: unknown): unknown {
  if (typeof value !== 'string' || !DIGITS.test(value)) return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value)
}

/** Null where absent or not a whole number of 32 bits, which is what GraphQL's Int holds. */
export function int(row: Row, field: string): number | null {
  return int32(wholeNumber(row[field]))
}

export function percent(row: Row, field: string): number | null {
  const value = int(row, field)
  return value !== null && value >= 0 && value <= 100 ? value : null
}

/** Unix seconds. */
export function second(row: Row, field: string): number | null {
  return parseTime(row[field])
}

/** A task's number: exact up to 64 bits, null where there is none. */
export function taskNumber(row: Row, field: string): bigint | null {
  const value = wholeNumber(row[field])
  const number =
    typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : null
  return number !== null && number >= 0n && number <= MAX_NUMBER ? number : null
}

/** Each text once, in the order of their first appearance. */
export function texts(row: Row, field: string): readonly string[] {
  const value = row[field]
  const isText = (item: unknown): item is string => typeof item === 'string' && item !== ''
  return Array.isArray(value) ? [...new Set(value.filter(isText))] : []
}

export function rows(row: Row, field: string): readonly Row[] {
  const value = row[field]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** How a product words the status and the type of its tasks. */
export interface Vocabulary {
  readonly statuses: Readonly<Record<string, { readonly status: TaskStatus }>>
  readonly types: Readonly<Record<string, { readonly type: TaskType }>>
}

/** The words of one task, unified and as they came. */
export interface TaskWords {
  readonly status: TaskStatus
  readonly rawStatus: string
  readonly type: TaskType
  readonly rawType: string
}

/** @param reportUnknown told of every word that the vocabulary lacks, the empty one too */
export function readWords(
  { statuses, types }: Vocabulary,
  rawStatus: string,
  rawType: string,
  reportUnknown: (kind: 'status' | 'type', word: string) => void,
): TaskWords {
  const status = lookUp(statuses, rawStatus)?.status
  const type = lookUp(types, rawType)?.type
  if (status === undefined) reportUnknown('status', rawStatus)
  if (type === undefined) reportUnknown('type', rawType)
  return { status: status ?? 'UNKNOWN', rawStatus, type: type ?? 'OTHER', rawType }
}

/** Looks a word up; `constructor` and its like are in no vocabulary. */
export function lookUp<T>(vocabulary: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(vocabulary, word) ? vocabulary[word] : undefined
}

/**
 * The numbers by which an upstream is asked for unified words. Null where one of them cannot be asked for: it stands
 * for words that have no number, or that no vocabulary knows.
 */
export function codesOf<Word extends string>(
  wanted: readonly Word[],
  entries: readonly { readonly code: number | null; readonly word: Word }[],
  catchAll: Word,
): readonly number[] | null {
  if (wanted.includes(catchAll)) return null
  const codes = entries.filter(({ word }) => wanted.includes(word)).map(({ code }) => code)
  return codes.every((code) => code !== null) ? codes : null
}
