/** Whatever was thrown, as an error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** A text property of whatever was thrown, empty if there is none: not every error is an `Error` of this realm. */
export function errorText(error: unknown, key: 'name' | 'code'): string {
  const facts: { name?: unknown; code?: unknown } = typeof error === 'object' && error !== null ? error : {}
  const value = facts[key]
  return typeof value === 'string' ? value : ''
}
