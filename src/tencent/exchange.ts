import type { CallContext } from '../call-context'
import { retryKindOf, type RetryKind } from './classify'
import type { UpstreamAnswer } from './client'
import type { Credential, CredentialProvider } from './credentials'
import { endpointFor } from './endpoint'
import { openEnvelope } from './envelope'
import { transportError } from './transport-errors'
import { hiding } from './redact'
import { requestHeaders } from './request-headers'
import type { Outcome } from './retry'
import { createServerClock } from './server-clock'
import { createDayKeys } from './sign'
import type { TransportAnswer } from './dispatch'
import type { Transport } from './transport'

/** One question, as often as it may be asked. */
export interface Question {
  readonly action: string
  readonly body: string
  readonly scope: CallContext
}

export interface ExchangeOptions {
  /** The signed service name, whatever the host. */
  readonly service: string
  readonly version: string
  /** URL; its path is not used: the API's is always `/`. */
  readonly endpoint: string
  readonly region: string | null
  readonly credentials: CredentialProvider
  readonly transport: Transport
  /** Calls of one lane share connections; by default those of one service and region. */
  readonly lane?: string
  readonly clock: { now(): number }
  /** Resolves when an answer may be read; at once if absent. */
  readonly turn?: () => Promise<void>
  /** Told how far the cloud's clock is ahead of ours, when that is learnt. */
  readonly onClockOffset?: (offsetMs: number) => void
}

/** Told how far a question is. */
export interface Progress {
  /** It goes out over a connection. */
  written(): void
  /** Its answer has come, or never will; that answer may still have to wait to be read. */
  ended(): void
}

/** Sends a question once. Never rejects. */
export type Exchange = (
  question: Question,
  credential: Credential,
  timeoutMs: number,
  progress: Progress,
) => Promise<Outcome<UpstreamAnswer>>

/** Sign anew, send, open the envelope, and put right what can be put right. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { service, version, region, transport, clock } = options
  const { origin, host } = endpointFor(options.endpoint, service, region)
  const lane = options.lane ?? `${service} ${region ?? ''}`
  const serverClock = createServerClock(clock, options.onClockOffset)
  const dayKey = createDayKeys()

  const send = async (
    { action, body, scope: { signal } }: Question,
    credential: Credential,
    timeoutMs: number,
    progress: Progress,
  ): Promise<TransportAnswer> => {
    const onWritten = (): void => progress.written()
    try {
      const call = { service, version, region, action, body, host, timestampSecond: serverClock.second() }
      const headers = requestHeaders(call, credential, dayKey)
      return await transport.send({ origin, lane, headers, body, signal, timeoutMs, onWritten })
    } finally {
      progress.ended()
    }
  }

  /** A wrong clock or a refused token is worth another attempt only if something has changed. */
  const remedied = async (
    retry: RetryKind,
    date: string,
    credential: Credential,
    { signal }: CallContext,
  ): Promise<RetryKind> => {
    if (retry === 'new-clock') return serverClock.learn(date) ? retry : 'never'
    if (retry !== 'new-credential') return retry
    return (await options.credentials.replace(credential, signal)) ? retry : 'never'
  }

  return async (question, credential, timeoutMs, progress) => {
    const { scope } = question
    let date = ''
    try {
      const askedAtMs = clock.now()
      const answer = await send(question, credential, timeoutMs, progress)
      date = answer.date
      await options.turn?.()
      const { response, requestId } = openEnvelope(service, answer, hiding(credential))
      return { answer: { response, requestId, askedAtMs, body: answer.body } }
    } catch (error) {
      const failure = transportError(service, error, scope.signal, timeoutMs)
      return { failure, retry: await remedied(retryKindOf(failure), date, credential, scope) }
    }
  }
}
