import { UpstreamFailure } from '../failure'
import type { CallScope } from '../scope'
import { retryKindOf, type RetryKind } from './classify'
import type { UpstreamAnswer } from './client'
import type { Credential, CredentialProvider } from './credentials'
import { withTimeout } from './deadline'
import { endpointFor } from './endpoint'
import { openEnvelope } from './envelope'
import { exchangeFailure, givenUp } from './exchange-failure'
import type { Quota } from './quota'
import { hiding } from './redact'
import { requestHeaders } from './request-headers'
import type { Outcome } from './retry'
import { createServerClock } from './server-clock'
import { createDayKeys } from './sign'
import type { Transport, TransportAnswer } from './transport'

/** One question, as often as it may be asked. */
export interface Question {
  readonly action: string
  readonly body: string
  readonly scope: CallScope
}

/** How one exchange over the wire went, for metrics; time spent in our own queue is not in it. */
export interface CallReport {
  readonly service: string
  readonly region: string | null
  readonly action: string
  readonly outcome: 'OK' | UpstreamFailure['code']
  readonly durationMs: number
}

export interface AttemptOptions {
  /** The signed service name, whatever the host. */
  readonly service: string
  readonly version: string
  /** URL; its path is not used: the API's is always `/`. */
  readonly endpoint: string
  readonly region: string | null
  readonly credentials: CredentialProvider
  readonly transport: Transport
  readonly attemptTimeoutMs: number
  readonly clock: { now(): number }
  /** Told of every exchange. */
  readonly onCall?: (report: CallReport) => void
}

export type Attempt = (question: Question) => Promise<Outcome<UpstreamAnswer>>

/**
 * Quota, sign anew, send, open the envelope: everything that every attempt does again. What fails before anything is
 * sent (no credential, our own quota) is thrown, not an outcome: to try that again at once would not help.
 */
export function createAttempt(options: AttemptOptions, quota: Quota): Attempt {
  const { service, version, region, transport, attemptTimeoutMs, clock } = options
  const { origin, host } = endpointFor(options.endpoint, service, region)
  const serverClock = createServerClock(clock)
  const dayKey = createDayKeys()

  const send = ({ action, body, scope }: Question, credential: Credential): Promise<TransportAnswer> => {
    const call = { service, version, region, action, body, host, timestampSecond: serverClock.second() }
    const headers = requestHeaders(call, credential, dayKey)
    return withTimeout(scope.signal, attemptTimeoutMs, (signal) =>
      transport.send({ origin, headers, body, signal }),
    )
  }

  const exchange = async (question: Question, credential: Credential): Promise<Outcome<UpstreamAnswer>> => {
    let date = ''
    try {
      const askedAtMs = clock.now()
      const answer = await send(question, credential)
      date = answer.date
      return { answer: { ...openEnvelope(service, answer, hiding(credential)), askedAtMs } }
    } catch (error) {
      const failure = exchangeFailure(service, error, question.scope.signal, attemptTimeoutMs)
      return { failure, retry: remedied(retryKindOf(failure), date, credential) }
    }
  }

  /** A wrong clock or a refused token is worth another attempt only if something has changed. */
  const remedied = (retry: RetryKind, date: string, credential: Credential): RetryKind => {
    if (retry === 'new-clock') return serverClock.learn(date) ? retry : 'never'
    if (retry !== 'new-credential') return retry
    options.credentials.refused?.(credential)
    return options.credentials.refused === undefined ? 'never' : retry
  }

  return async (question) => {
    const credential = await currentCredential(options, question.scope)
    const answered = await quota.acquire(question.scope)
    question.scope.meter.calls += 1
    const sinceMs = clock.now()
    const outcome = await exchange(question, credential).finally(answered)
    options.onCall?.({
      service,
      region,
      action: question.action,
      outcome: 'answer' in outcome ? 'OK' : outcome.failure.code,
      durationMs: clock.now() - sinceMs,
    })
    return outcome
  }
}

async function currentCredential(
  { credentials, service }: AttemptOptions,
  { signal }: CallScope,
): Promise<Credential> {
  try {
    return await credentials.get(signal)
  } catch (cause) {
    if (cause instanceof UpstreamFailure) throw cause
    if (signal.aborted) throw givenUp(service, signal)
    const message = `there is no credential to sign a call to ${service} with`
    throw new UpstreamFailure('UPSTREAM_UNAUTHORIZED', message, { retryable: true, cause })
  }
}
