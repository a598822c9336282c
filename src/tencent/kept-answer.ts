import type { UpstreamAnswer } from './client'
import { responseIn } from './envelope'

/**
 * An answer as its text alone. Thousands are kept for a second each and most are never read again: one text is moved
 * and marked by the garbage collector at once, where its rows are hundreds of objects.
 */
export class KeptAnswer implements UpstreamAnswer {
  readonly text: string
  readonly requestId: string
  readonly askedAtMs: number
  readonly isKept = true
  made?: object
  private opened: UpstreamAnswer['response'] | null = null

  constructor({ text, requestId, askedAtMs }: Pick<UpstreamAnswer, 'text' | 'requestId' | 'askedAtMs'>) {
    this.text = text
    this.requestId = requestId
    this.askedAtMs = askedAtMs
  }

  /** Opened when it is first asked for. */
  get response(): UpstreamAnswer['response'] {
    return (this.opened ??= responseIn(this.text) ?? {})
  }
}
