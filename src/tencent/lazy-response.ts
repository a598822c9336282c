import type { UpstreamAnswer } from './client'
import { responseIn } from './envelope'

/**
 * An answer as its bytes alone. Thousands are kept for a second each and most are never read again: they lie beside the
 * heap, where the garbage collector neither moves nor marks them.
 */
export class LazyResponse implements UpstreamAnswer {
  readonly body: Buffer
  readonly requestId: string
  readonly askedAtMs: number
  readonly isKept = true
  made?: object
  private opened: UpstreamAnswer['response'] | null = null

  constructor({ body, requestId, askedAtMs }: Pick<UpstreamAnswer, 'body' | 'requestId' | 'askedAtMs'>) {
    this.body = body
    this.requestId = requestId
    this.askedAtMs = askedAtMs
  }

  /** Opened when it is first asked for. */
  get response(): UpstreamAnswer['response'] {
    return (this.opened ??= responseIn(this.body) ?? {})
  }
}
