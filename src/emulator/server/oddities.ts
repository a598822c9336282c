import type { WireRow } from '../world/row'
import type { WireAnswer } from '../world/world'

/** A way in which an answer differs from what the documents say, or contradicts itself. */
export type Oddity =
  /** `TotalCount` times a factor (1), and some more (0); rounded, never below 0, and perhaps a text. */
  | { readonly kind: 'count'; readonly factor?: number; readonly add?: number; readonly asText?: boolean }
  /** At most so many rows, whatever `Limit` is. */
  | { readonly kind: 'cap'; readonly rows: number }
  /** These fields over the row with that id, or over all rows. */
  | { readonly kind: 'row'; readonly id?: number; readonly fields: WireRow }
  /** So many bytes of text in the row with that id. */
  | { readonly kind: 'hugeRow'; readonly id: number; readonly bytes: number }

type Distort<Kind extends Oddity['kind']> = (
  response: WireRow,
  oddity: Extract<Oddity, { kind: Kind }>,
) => WireRow

/** What each kind makes of the object under `Response`. */
const DISTORT: { readonly [Kind in Oddity['kind']]: Distort<Kind> } = {
  count: (response, { factor = 1, add = 0, asText = false }) => {
    const count = Math.max(0, Math.round(Number(response['TotalCount']) * factor) + add)
    return { ...response, TotalCount: asText ? String(count) : count }
  },
  cap: (response, { rows }) => withRows(response, (all) => all.slice(0, rows)),
  row: (response, { id, fields }) => withRow(response, id, (row) => ({ ...row, ...fields })),
  hugeRow: (response, { id, bytes }) => withRow(response, id, (row) => swollen(row, bytes)),
}

/** What the oddities make of an answer, one after the other; a refusal stays as it is. */
export function distort({ Response }: WireAnswer, oddities: readonly Oddity[]): WireAnswer {
  if (Response['Error'] !== undefined) return { Response }
  const by = <Kind extends Oddity['kind']>(
    response: WireRow,
    oddity: Extract<Oddity, { kind: Kind }>,
    kind: Kind,
  ): WireRow => DISTORT[kind](response, oddity)
  return {
    Response: oddities.reduce<WireRow>((response, oddity) => by(response, oddity, oddity.kind), Response),
  }
}

function withRows(response: WireRow, change: (rows: readonly unknown[]) => readonly unknown[]): WireRow {
  return Object.fromEntries(
    Object.entries(response).map(([name, value]) => [name, Array.isArray(value) ? change(value) : value]),
  )
}

function withRow(response: WireRow, id: number | undefined, change: (row: WireRow) => WireRow): WireRow {
  const isIt = (row: WireRow) => id === undefined || row['JobId'] === id || row['TaskId'] === id
  return withRows(response, (all) => all.map((row) => (isRow(row) && isIt(row) ? change(row) : row)))
}

function swollen(row: WireRow, bytes: number): WireRow {
  const text = 'x'.repeat(bytes)
  return 'JobId' in row ? { ...row, Message: text } : { ...row, TaskDetail: { Output: text } }
}

function isRow(row: unknown): row is WireRow {
  return typeof row === 'object' && row !== null
}
