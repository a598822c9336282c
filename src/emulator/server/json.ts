import { parse, stringify } from 'lossless-json'
import type { WireAnswer } from '../world/world'

/** Reads JSON; an integer that a number cannot hold exactly arrives as `bigint`. */
export function readJson(text: string): unknown {
  return parse(text, undefined, { parseNumber })
}

/** Writes JSON; a `bigint` is written as the integer it is. */
export function writeJson(value: unknown): string {
  const text = holdsBigint(value) ? stringify(value) : JSON.stringify(value)
  return text ?? 'null'
}

/** Writes the answers of one emulator. */
export type WriteAnswer = (answer: WireAnswer) => string

/** A row is served many times before it changes, and a change is another row: each is written once. */
export function createAnswerWriter(): WriteAnswer {
  const written = new WeakMap<object, string>()
  const writeRow = (row: unknown): string => {
    if (typeof row !== 'object' || row === null) return writeJson(row)
    const known = written.get(row)
    if (known !== undefined) return known
    const text = writeJson(row)
    written.set(row, text)
    return text
  }
  const writeField = ([name, value]: [string, unknown]): string =>
    `${JSON.stringify(name)}:${Array.isArray(value) ? `[${value.map(writeRow).join(',')}]` : writeJson(value)}`
  return ({ Response }) => {
    const fields = Object.entries(Response).filter(([, value]) => value !== undefined)
    return `{"Response":{${fields.map(writeField).join(',')}}}`
  }
}

function parseNumber(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text)
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsBigint)
}
