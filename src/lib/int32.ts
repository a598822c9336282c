/** A whole number of 32 bits, which is what GraphQL's Int holds; null for any other value. */
export function int32(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null
}
