import type { WireAnswer } from '../../src/emulator/world/world'
import { record } from './emulator'

/** The ids of an answer's rows, in their order. */
export function idsOf({ Response }: WireAnswer): readonly unknown[] {
  return rowsOf({ Response }).map((row) => row['JobId'] ?? row['TaskId'])
}

/** The rows of an answer of either product. */
export function rowsOf({ Response }: WireAnswer): readonly Readonly<Record<string, unknown>>[] {
  const rows = Response['Items'] ?? Response['TaskSet']
  return Array.isArray(rows) ? rows.map(record) : []
}

/** The code and message of a refusal, or null for an answer. */
export function refusalOf({ Response }: WireAnswer): readonly unknown[] | null {
  const { Code, Message } = record(Response['Error'])
  return Code === undefined ? null : [Code, Message]
}
