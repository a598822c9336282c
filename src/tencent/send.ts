import { setMaxListeners } from 'node:events'
import type { Dispatcher } from 'undici'
import type { CallContext } from '../call-context'
import type { UpstreamFailure } from '../failure'
import { deferred } from '../lib/deferred'
import type { UpstreamRequest } from '../upstream-call'
import { endpointFor, type Transport } from './transport'
import { AttemptTimeout, transportError } from './transport-errors'

export interface SendOptions {
  readonly service: string
  readonly region: string | null
  /** URL; the path is always `/`. */
  readonly endpoint: string
  readonly transport: Transport
  /** Calls of one lane share connections, and never wait for those of another; one lane for each service and region if absent. */
  readonly lane?: string
  readonly attemptTimeoutMs: number
  readonly clock: { now(): number }
}

/** An answer as it came over HTTP. */
export interface RawAnswer {
  readonly status: number
  /** The `Date` header, empty where there is none. */
  readonly date: string
  readonly body: Buffer
  /** Unix milliseconds at which the request was sent. */
  readonly askedAtMs: number
  /** From then until the answer had come, in milliseconds. */
  readonly elapsedMs: number
}

/** Sends one attempt. Rejects with UpstreamFailure. */
export type Send = (request: UpstreamRequest, context: CallContext) => Promise<RawAnswer>

/** After this part of its time an attempt is slow. */
const SLOW_AFTER = 0.4

/** One exchange over HTTP, by undici without its streams, which cost as much as all the rest. */
export function send(options: SendOptions): Send {
  const { service, attemptTimeoutMs, clock } = options
  const { origin } = endpointFor(options.endpoint, service, options.region)
  const connections = options.transport.connections(
    origin,
    options.lane ?? `${service} ${options.region ?? ''}`,
  )
  return (request, { signal }) => {
    const { body, signature, timeoutMs = attemptTimeoutMs } = request
    const { promise, resolve, reject } = deferred<RawAnswer>()
    request.onSent?.(request.queuedMs ?? 0)
    const exchange = new Exchange(service, request, signal, timeoutMs, clock, resolve, reject)
    if (exchange.begin())
      connections.dispatch(
        { origin, method: 'POST', path: '/', headers: signature?.headers ?? {}, body },
        exchange,
      )
    return promise
  }
}

/**
 * Listens to undici, to the signal and to one timer. It rejects when it is given up even if undici does not: undici ends
 * a request that waits for a connection only when it has got one.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly sentMs: number
  private readonly chunks: Buffer[] = []
  private status = 0
  private date = ''
  private reason: Error | null = null
  private controller: Dispatcher.DispatchController | null = null
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly service: string,
    /** Dropped at the end: what a signal has listened for lives on, and the request leads to the answer. */
    private request: UpstreamRequest | null,
    private readonly signal: AbortSignal,
    private readonly timeoutMs: number,
    private readonly clock: { now(): number },
    private readonly resolve: (answer: RawAnswer) => void,
    private readonly reject: (error: UpstreamFailure) => void,
  ) {
    this.sentMs = clock.now()
  }

  /** False where the signal has aborted. */
  begin(): boolean {
    if (this.signal.aborted) {
      this.handleEvent()
      return false
    }
    // Many calls may wait under one signal, which Node takes for a leak from the eleventh listener on.
    setMaxListeners(0, this.signal)
    this.signal.addEventListener('abort', this, { once: true })
    this.timer = setTimeout(
      (exchange: Exchange) => exchange.slow(),
      this.timeoutMs * (this.request?.onSlow === undefined ? 1 : SLOW_AFTER),
      this,
    )
    return true
  }

  /** The signal has aborted. */
  handleEvent(): void {
    const reason: unknown = this.signal.reason
    this.abort(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // An exchange that was given up while it waited for a connection gets one all the same, and is not sent.
    if (this.reason !== null) controller.abort(this.reason)
    else this.request?.slot?.written(this.clock.now())
    this.controller = controller
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.status = status
    this.date = typeof headers['date'] === 'string' ? headers['date'] : ''
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk)
  }

  onResponseEnd(): void {
    const elapsedMs = this.end()
    const { status, date, sentMs, chunks } = this
    const [first = Buffer.alloc(0)] = chunks
    const body = chunks.length > 1 ? Buffer.concat(chunks) : first
    this.resolve({ status, date, body, askedAtMs: sentMs, elapsedMs })
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.reason === null) this.fail(error)
  }

  private slow(): void {
    const onSlow = this.request?.onSlow
    if (onSlow === undefined) {
      this.abort(new AttemptTimeout(this.timeoutMs))
      return
    }
    this.timer = setTimeout(
      (exchange: Exchange) => exchange.abort(new AttemptTimeout(exchange.timeoutMs)),
      this.timeoutMs * (1 - SLOW_AFTER),
      this,
    )
    onSlow()
  }

  private abort(reason: Error): void {
    this.reason = reason
    this.controller?.abort(reason)
    this.fail(reason)
  }

  private fail(error: Error): void {
    const elapsedMs = this.end()
    this.reject(transportError(this.service, error, this.signal, this.timeoutMs).with({ elapsedMs }))
  }

  /** Returns how long the exchange took, in milliseconds. */
  private end(): number {
    clearTimeout(this.timer)
    this.signal.removeEventListener('abort', this)
    const nowMs = this.clock.now()
    this.request?.slot?.ended(nowMs)
    this.request = null
    return nowMs - this.sentMs
  }
}
