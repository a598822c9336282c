/** Measured over pages of 100 rows of both products: an answer and the tasks parsed from it, by the length of its JSON. */
const TIMES_ITS_JSON = 3

/** About how much memory a value takes that came from so much JSON. */
export function sizeOfJson(length: number): number {
  return length * TIMES_ITS_JSON
}

/** The same where the JSON is gone. */
export function sizeOf(value: object): number {
  return sizeOfJson(JSON.stringify(value, withoutBigint).length)
}

function withoutBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
