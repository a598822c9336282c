import { setImmediate } from 'node:timers/promises'
import { createMemoryStore } from '../../src/cache/memory-store'
import {
  createCoalescingClient,
  type Client,
  type CoalescingOptions,
} from '../../src/cache/coalescing-client'
import { UpstreamFailure } from '../../src/failure'
import { createMeter, type CallContext } from '../../src/call-context'

export interface HeldAnswer {
  readonly askedAtMs: number
  readonly text: string
  readonly body: Buffer
}

/** A call that waits to be answered by the test. */
export interface HeldCall {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly scope: CallContext
  answer(text: string): void
  fail(error: Error): void
}

/** An upstream whose every call is held until the test answers it, by a clock that the test sets. */
export class HeldUpstream implements Client<HeldAnswer> {
  readonly calls: HeldCall[] = []
  nowMs = 1_700_000_000_000
  readonly now = (): number => this.nowMs
  private readonly store = createMemoryStore<HeldAnswer>({ maxEntries: 100, maxBytes: 1e6, now: this.now })

  call(
    _action: string,
    parameters: Readonly<Record<string, unknown>>,
    scope: CallContext,
  ): Promise<HeldAnswer> {
    const askedAtMs = this.nowMs
    scope.meter.calls += 1
    return new Promise((resolve, reject) => {
      this.calls.push({
        parameters,
        scope,
        answer: (text) => resolve({ askedAtMs, text, body: Buffer.from(text) }),
        fail: reject,
      })
    })
  }

  /** A client before it; all of them keep their answers in one store. */
  shared(over: Partial<CoalescingOptions<HeldAnswer>> = {}): Client<HeldAnswer> {
    const { store, now } = this
    return createCoalescingClient({
      client: this,
      name: 'cdb/default/ap-guangzhou',
      store,
      ttlMs: 1000,
      isUsable: () => true,
      toKept: (answer) => answer,
      abortError,
      now,
      ...over,
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

export function abortError(signal: AbortSignal): UpstreamFailure {
  return new UpstreamFailure('UPSTREAM_TIMEOUT', 'given up', { retryable: true, cause: signal.reason })
}

/** A caller that can go away. */
export class Caller {
  readonly controller = new AbortController()
  readonly scope: CallContext

  constructor(over: Partial<CallContext> = {}) {
    this.scope = { signal: this.controller.signal, meter: createMeter(), ...over }
  }

  leave(): void {
    this.controller.abort(new Error('gone'))
  }
}
