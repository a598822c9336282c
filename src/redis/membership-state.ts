/** How this replica stands to the others. */
export type Standing =
  /** All ask Redis. */
  | { readonly kind: 'shared' }
  /** What everybody has sent may still count, or the others may not have noticed yet that this one is away. */
  | { readonly kind: 'quiet'; readonly leftMs: number }
  /** Redis cannot be asked: this one keeps to its share. */
  | { readonly kind: 'alone' }

/** The calls of one quota that Redis has to know when this replica joins. */
export interface JoiningLog {
  readonly key: string
  /** Calls and how many milliseconds ago they were counted. */
  recent(): readonly (readonly [string, number])[]
}
