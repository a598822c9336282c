/** What a client answers, as far as sharing it goes. */
export interface Answer {
  /** Unix milliseconds at which the question was sent: nothing newer is in the answer for certain. */
  readonly askedAtMs: number
  /** The JSON that it came as. */
  readonly body: Buffer
}

/** Where answers are kept; one may serve every client, since a key names the client too. */
export interface AnswerStore<A extends Answer> {
  /**
   * Null where there is none (any more). Never rejects: a store that cannot be reached has none.
   * @param notBeforeMs an answer that was asked for earlier is of no use; it may be given all the same
   */
  get(key: string, notBeforeMs: number): A | null | Promise<A | null>
  /**
   * Keeps the answer for so long at most; never throws.
   * @param bytes about how much memory it takes
   */
  set(key: string, answer: A, keepMs: number, bytes: number): void
  /** No answer will be set to what was last missing, so that nobody need wait for it; never throws. */
  giveUp?(key: string): void
}
