import type { UpstreamResponse } from '../upstream-call'
import { responseIn } from './envelope'

/**
 * A response as its bytes alone. Thousands are kept for a second each and most are never read again: they lie beside the
 * heap, where the garbage collector neither moves nor marks them.
 */
export class LazyResponse implements UpstreamResponse {
  readonly body: Buffer
  readonly requestId: string
  readonly askedAtMs: number
  readonly isKept = true
  parsed?: object
  private opened: UpstreamResponse['fields'] | null = null

  constructor({ body, requestId, askedAtMs }: Pick<UpstreamResponse, 'body' | 'requestId' | 'askedAtMs'>) {
    this.body = body
    this.requestId = requestId
    this.askedAtMs = askedAtMs
  }

  /** Parsed when it is first read. */
  get fields(): UpstreamResponse['fields'] {
    return (this.opened ??= responseIn(this.body) ?? {})
  }
}
