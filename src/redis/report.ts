/** Told of what goes on between this replica and Redis. */
export interface RedisReport {
  /** Redis has refused a command, or has not answered it in time. */
  failed(): void
  /** A text was looked for, or left for the others. */
  answer(result: 'found' | 'missing' | 'written'): void
}
