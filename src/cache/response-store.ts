import type { UpstreamResponse } from '../upstream-call'

/** Where responses are kept. One store may serve every source, since a key names the source too. */
export interface ResponseStore {
  /**
   * Null where there is none. Never rejects: a store that cannot be reached has none.
   * @param notBeforeMs a response that was asked for earlier is of no use; it may be returned all the same
   */
  get(key: string, notBeforeMs: number): UpstreamResponse | null | Promise<UpstreamResponse | null>
  /**
   * Keeps the response for at most so long; never throws.
   * @param bytes about how much memory it takes
   */
  set(key: string, response: UpstreamResponse, keepMs: number, bytes: number): void
  /** The response that was missing last will not be set, so that nobody need wait for it; never throws. */
  giveUp?(key: string): void
}
