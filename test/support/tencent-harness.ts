import { UpstreamFailure } from '../../src/failure'
import type { CallContext } from '../../src/call-context'
import { fixedCredential } from '../../src/tencent/credentials'
import type { CallReport } from '../../src/tencent/envelope'
import { upstreamRequest } from './upstream-request'
import { createUpstreamStack, type StackOptions } from '../../src/tencent/stack'
import { createTransport, type TransportOptions } from '../../src/tencent/transport'
import type { Guard, UpstreamAnswer } from '../../src/upstream-call'
import { startUpstream, type Answer, type Upstream } from './tencent-upstream'

export const CREDENTIAL = { secretId: 'AKIDcanary-id', secretKey: 'canary-key', token: 'canary-token' }

/** For a provider that has but one credential. */
export const noOther = (): Promise<boolean> => Promise.resolve(false)

/** A stack that takes parameters instead of a request. */
export interface TestClient {
  call(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    context: CallContext,
  ): Promise<UpstreamAnswer>
}

export interface Harness {
  readonly upstream: Upstream
  readonly client: TestClient
  /** A second client on the same transport. */
  readonly another: (options?: Partial<StackOptions>) => TestClient
  /** Every pause between attempts, in milliseconds; none is really waited for. */
  readonly pausesMs: number[]
  readonly warnings: unknown[]
  readonly reports: CallReport[]
}

/** In the place of a guard that a test does without. */
const none: Guard = (next) => next

const closers: (() => Promise<void>)[] = []

/** Ends what the test has started; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()))
}

export async function harness(
  answer: Answer,
  options: Partial<StackOptions> = {},
  transportOptions: TransportOptions = {},
): Promise<Harness> {
  const upstream = await startUpstream(answer)
  const transport = createTransport(transportOptions)
  closers.push(
    () => transport.destroy(),
    () => upstream.close(),
  )
  const pausesMs: number[] = []
  const warnings: unknown[] = []
  const reports: CallReport[] = []
  const another = (own: Partial<StackOptions> = {}): TestClient => {
    const call = createUpstreamStack({
      trace: none,
      coalesce: () => none,
      service: 'cdb',
      version: '2017-03-20',
      endpoint: upstream.url,
      region: 'ap-guangzhou',
      credentials: fixedCredential(CREDENTIAL),
      transport,
      callsPerSecond: 1000,
      attemptTimeoutMs: 5000,
      clock: { now: () => Date.now() },
      random: () => 0.5,
      sleep: (delayMs) => {
        pausesMs.push(delayMs)
        return Promise.resolve()
      },
      log: { warn: (facts, message) => warnings.push([facts, message]) },
      onCall: (report) => reports.push(report),
      ...options,
      ...own,
    })
    return { call: (action, parameters, context) => call(upstreamRequest(action, parameters), context) }
  }
  return { upstream, client: another(), another, pausesMs, warnings, reports }
}

export function scope(over: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, ...over }
}

/** The failure that a call must end with. */
export async function failureOf(call: Promise<unknown>): Promise<UpstreamFailure> {
  const error = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof UpstreamFailure) return error
  throw error
}
