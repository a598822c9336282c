import { setMaxListeners } from 'node:events'
import type { CallContext } from '../call-context'
import { NO_COST, type CallCost } from '../call-cost'
import { UpstreamFailure } from '../failure'
import type { UpstreamAnswer } from '../upstream-call'

/**
 * How a wait fails that its own signal has ended.
 * @param call null where no call was started
 */
export type AbortErrorOf = (signal: AbortSignal, call: SharedCall | null) => UpstreamFailure

/**
 * One call that several requests wait for, and the context of that call: its deadline is the latest of theirs, and its
 * signal aborts when the last has left. The first that still waits at its end pays for it.
 */
export class SharedCall implements CallContext {
  private readonly controller = new AbortController()
  private readonly waiters = new Set<Waiter>()
  private isSettled = false
  /** Everybody who has joined. */
  readonly payers = new Set<string>()
  /** The last to leave, until the aborted call has told what it has cost. */
  private last: { readonly waiter: Waiter; readonly error: UpstreamFailure } | null = null

  /**
   * @param startedMs Unix milliseconds: the request is not sent earlier
   * @param payer the caller that begins it
   */
  constructor(
    readonly startedMs: number,
    private readonly abortErrorOf: AbortErrorOf,
    readonly payer = '',
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal
  }

  get deadlineMs(): number {
    let latestMs = -Infinity
    for (const { deadlineMs } of this.waiters) latestMs = Math.max(latestMs, deadlineMs)
    return latestMs
  }

  get callers(): number {
    return this.waiters.size
  }

  get background(): boolean {
    for (const { background } of this.waiters) if (!background) return false
    return true
  }

  /** False once it is settled, or everybody has left. */
  get isOpen(): boolean {
    return !this.isSettled && !this.signal.aborted
  }

  /** Waits for the call under the request's own signal. */
  join(context: CallContext): Promise<UpstreamAnswer> {
    this.payers.add(context.payer ?? '')
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this, context, this.waiters.size > 0, resolve, reject)
      this.waiters.add(waiter)
      // Many calls may wait under one signal, which Node takes for a leak from the eleventh listener on.
      setMaxListeners(0, context.signal)
      context.signal.addEventListener('abort', waiter, { once: true })
    })
  }

  leave(waiter: Waiter): void {
    const error = this.abortErrorOf(waiter.signal, this)
    this.waiters.delete(waiter)
    if (this.waiters.size > 0) {
      waiter.reject(waiter.hasJoined ? error.with({ cost: costOfSharing() }) : error)
      return
    }
    this.last = { waiter, error }
    this.controller.abort(waiter.signal.reason)
    // The call fails now, as a rule, and so tells what it has cost; but nobody who leaves waits for a call that does not.
    setImmediate(() => waiter.reject(error))
  }

  resolve(answer: UpstreamAnswer): void {
    const [payer, ...others] = this.settle(answer.cost)
    payer?.resolve(answer)
    if (others.length === 0) return
    const { response } = answer
    const shared = { response, cost: costOfSharing(response.requestId, response.askedAtMs) }
    for (const other of others) other.resolve(shared)
  }

  reject(error: unknown): void {
    const isFailure = error instanceof UpstreamFailure
    const [payer, ...others] = this.settle(isFailure ? error.cost : NO_COST)
    payer?.reject(error)
    const cost = costOfSharing(isFailure ? error.requestId : '')
    for (const other of others) other.reject(isFailure ? error.with({ cost }) : error)
  }

  /** Returns those who still wait. */
  private settle(cost: CallCost): readonly Waiter[] {
    this.isSettled = true
    this.last?.waiter.reject(this.last.error.with({ cost }))
    const waiters = [...this.waiters]
    this.waiters.clear()
    for (const waiter of waiters) waiter.signal.removeEventListener('abort', waiter)
    return waiters
  }
}

/** A request that waits for a shared call. */
class Waiter {
  readonly signal: AbortSignal
  readonly deadlineMs: number
  readonly background: boolean

  constructor(
    private readonly call: SharedCall,
    { signal, deadlineMs = Infinity, background = false }: CallContext,
    /** True where another request has started the call. */
    readonly hasJoined: boolean,
    private onAnswer: (answer: UpstreamAnswer) => void,
    private onError: (error: unknown) => void,
  ) {
    this.signal = signal
    this.deadlineMs = deadlineMs
    this.background = background
  }

  resolve(answer: UpstreamAnswer): void {
    this.onAnswer(answer)
    this.release()
  }

  reject(error: unknown): void {
    this.onError(error)
    this.release()
  }

  /** What a signal has listened for lives on until the old part of the heap is collected, and would hold the answer. */
  private release(): void {
    this.onAnswer = nothing
    this.onError = nothing
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.call.leave(this)
  }
}

function nothing(): void {
  // Nobody waits any more.
}

/** @param askedAtMs absent without an answer */
function costOfSharing(requestId = '', askedAtMs?: number): CallCost {
  return {
    ...NO_COST,
    shared: 1,
    answers: askedAtMs === undefined ? 0 : 1,
    oldestMs: askedAtMs ?? Infinity,
    requestIds: requestId === '' ? [] : [requestId],
  }
}
