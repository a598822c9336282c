import { setImmediate } from 'node:timers/promises'
import { coalesce, type CoalescingOptions } from '../../src/cache/coalesce'
import { createMemoryStore } from '../../src/cache/memory-store'
import type { CallContext } from '../../src/call-context'
import { NO_COST } from '../../src/call-cost'
import { UpstreamFailure } from '../../src/failure'
import { upstreamRequest } from './upstream-request'
import type { UpstreamAnswer, UpstreamRequest, UpstreamResponse } from '../../src/upstream-call'

/** An answer, and the text that the test has answered. */
export interface HeldAnswer extends UpstreamAnswer {
  readonly text: string
}

/** A client of a held upstream that takes parameters instead of a request. */
export interface HeldClient {
  call(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    context: CallContext,
  ): Promise<HeldAnswer>
}

/** A call that waits to be answered by the test. */
export interface HeldCall {
  readonly request: UpstreamRequest
  readonly scope: CallContext
  answer(text: string): void
  fail(error: Error): void
}

/** An upstream whose every call is held until the test answers it, by a clock that the test sets. */
export class HeldUpstream {
  readonly calls: HeldCall[] = []
  nowMs = 1_700_000_000_000
  readonly now = (): number => this.nowMs
  private readonly store = createMemoryStore<UpstreamResponse>({
    maxEntries: 100,
    maxBytes: 1e6,
    now: this.now,
  })

  /** A client before it; all of them keep their answers in one store. */
  shared(over: Partial<CoalescingOptions> = {}): HeldClient {
    const { store, now } = this
    const guard = coalesce({
      name: 'cdb/default/ap-guangzhou',
      store,
      ttlMs: 1000,
      isUsable: () => true,
      toKept: (response) => response,
      abortErrorOf: abortError,
      now,
      ...over,
    })
    const call = guard((request, context) => this.hold(request, context))
    return {
      async call(action, parameters, context) {
        const answer = await call(upstreamRequest(action, parameters), context)
        return { ...answer, text: textOf(answer.response) }
      },
    }
  }

  private hold(request: UpstreamRequest, scope: CallContext): Promise<UpstreamAnswer> {
    const askedAtMs = this.nowMs
    return new Promise((resolve, reject) => {
      this.calls.push({
        request,
        scope,
        answer: (text) =>
          resolve({
            response: responseOf(text, askedAtMs),
            cost: { ...NO_COST, calls: 1, answers: 1, oldestMs: askedAtMs },
          }),
        fail: reject,
      })
    })
  }

  /** The call of that number; the last one without. @throws Error where it was not made */
  async sent(index = -1): Promise<HeldCall> {
    await setImmediate()
    const call = this.calls.at(index)
    if (call === undefined) throw new Error(`there are only ${this.calls.length} calls`)
    return call
  }
}

export function responseOf(text: string, askedAtMs: number): UpstreamResponse {
  return { fields: { text }, requestId: '', askedAtMs, body: Buffer.from(text) }
}

export function textOf({ fields }: UpstreamResponse): string {
  return String(fields['text'])
}

export function abortError(signal: AbortSignal): UpstreamFailure {
  return new UpstreamFailure('UPSTREAM_TIMEOUT', 'given up', { retryable: true, cause: signal.reason })
}

/** A caller that can go away. */
export class Caller {
  readonly controller = new AbortController()
  readonly scope: CallContext

  constructor(over: Partial<CallContext> = {}) {
    this.scope = { signal: this.controller.signal, ...over }
  }

  leave(): void {
    this.controller.abort(new Error('gone'))
  }
}
