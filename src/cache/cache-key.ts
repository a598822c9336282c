/** Text that is the same for equal questions, in whatever order their parameters stand. */
export function cacheKey(
  client: string,
  action: string,
  parameters: Readonly<Record<string, unknown>>,
): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([client, action, sorted], spelled)
}

/** JSON has no bigint; as an object it is not taken for the text of the same digits. */
function spelled(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { integer: value.toString() } : value
}
