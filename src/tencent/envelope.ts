import type { CallCost } from '../call-cost'
import { UpstreamFailure, type UpstreamFailureFacts } from '../failure'
import { isRecord } from '../lib/is-record'
import type { Call, Signature, UpstreamRequest, UpstreamResponse } from '../upstream-call'
import { meaningOf, meaningOfStatus, publicErrorText, type CodeMeaning } from './error-codes'
import { parseJson } from './json'
import type { RawAnswer, Send } from './send'

/** How one attempt went, for metrics; time in the rate limiter's queue is not in it. */
export interface CallReport {
  readonly service: string
  readonly region: string | null
  readonly action: string
  readonly outcome: 'OK' | UpstreamFailure['code']
  readonly durationMs: number
}

export interface EnvelopeOptions {
  readonly service: string
  readonly region: string | null
  /** Resolves when an answer may be parsed; at once if absent. */
  readonly turn?: () => Promise<void>
  /** Called for every attempt that was sent. */
  readonly onCall?: (report: CallReport) => void
  /** Called with an error code that the table of codes lacks. */
  readonly onUnknownCode?: (upstreamCode: string) => void
}

const ERROR_CODE = /^[A-Za-z]\w*(\.\w+)*$/
const LONGEST_ERROR_CODE = 100
const REQUEST_ID = /^[\w-]{1,64}$/

/** The end of the stack: sends an attempt and opens the answer. Rejects with UpstreamFailure. */
export function openEnvelope(send: Send, options: EnvelopeOptions): Call {
  const { service, region, turn, onCall, onUnknownCode } = options
  return async (request, context) => {
    let elapsedMs = 0
    let outcome: CallReport['outcome'] = 'OK'
    let date = ''
    try {
      const raw = await send(request, context)
      elapsedMs = raw.elapsedMs
      date = raw.date
      if (turn !== undefined) await turn()
      const { fields, requestId } = readEnvelope(service, raw, request.signature)
      const response = { fields, requestId, askedAtMs: raw.askedAtMs, body: raw.body }
      return { response, cost: costOf(request, requestId, raw.askedAtMs) }
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      outcome = error.code
      if (error.isUnknown) onUnknownCode?.(error.upstreamCode ?? '')
      elapsedMs = Math.max(elapsedMs, error.elapsedMs)
      const cost = costOf(request, error.requestId ?? '')
      const { signature } = request
      const mayRetry = (await signature?.remedy(error.retry, date, context.signal)) ?? true
      throw error.with({ cost, elapsedMs, ...(!mayRetry && { retry: 'never' }) })
    } finally {
      onCall?.({ service, region, action: request.action, outcome, durationMs: elapsedMs })
    }
  }
}

/** @param askedAtMs absent without an answer */
function costOf({ queuedMs = 0 }: UpstreamRequest, requestId: string, askedAtMs?: number): CallCost {
  return {
    calls: 1,
    cacheHits: 0,
    shared: 0,
    queuedMs,
    answers: askedAtMs === undefined ? 0 : 1,
    oldestMs: askedAtMs ?? Infinity,
    requestIds: requestId === '' ? [] : [requestId],
  }
}

/**
 * Reads `{"Response": {…}}`. The cloud reports its errors with HTTP 200; another status comes from the front before
 * it, whose page is no envelope.
 * @throws UpstreamFailure
 */
export function readEnvelope(
  service: string,
  answer: Pick<RawAnswer, 'status' | 'body'>,
  signature?: Pick<Signature, 'hide'>,
): Pick<UpstreamResponse, 'fields' | 'requestId'> {
  const front = meaningOfStatus(answer.status)
  if (front !== null) throw failed(front, `${service} answered with HTTP ${answer.status}`)
  const hide = (text: string): string => signature?.hide(text) ?? text
  const fields = responseOf(service, answer)
  const requestId = requestIdOf(fields, hide)
  if ((fields['Error'] ?? null) !== null) throw refusal(service, fields['Error'], requestId, hide)
  if (answer.status !== 200) throw invalid(service, `HTTP ${answer.status} without an error`, requestId)
  return { fields, requestId }
}

/** What stands under `Response`; null where there is no such object, undefined where the body is not JSON. */
export function responseIn(body: Buffer): Readonly<Record<string, unknown>> | null | undefined {
  let envelope: unknown
  try {
    envelope = parseJson(body.toString())
  } catch {
    // The parser's own error quotes the text, which may hold anything.
    return undefined
  }
  const response = isRecord(envelope) ? envelope['Response'] : null
  return isRecord(response) ? response : null
}

function responseOf(
  service: string,
  { status, body }: Pick<RawAnswer, 'status' | 'body'>,
): Readonly<Record<string, unknown>> {
  const response = responseIn(body)
  if (response === undefined) throw invalid(service, `HTTP ${status} with a body that is not JSON`)
  if (response === null) throw invalid(service, 'JSON without a Response object')
  return response
}

function refusal(
  service: string,
  error: unknown,
  requestId: string,
  hide: (text: string) => string,
): UpstreamFailure {
  const code = isRecord(error) ? hidden(error['Code'], hide) : ''
  if (code === '') return invalid(service, 'an Error without a Code', requestId)
  const message = isRecord(error) ? hidden(error['Message'], hide) : ''
  const meaning = meaningOf(service, code)
  const isCode = code.length <= LONGEST_ERROR_CODE && ERROR_CODE.test(code)
  const shown = meaning.code === 'UPSTREAM_REJECTED' ? publicErrorText(code, message) : ''
  return failed(meaning, refusalMessage(service, isCode ? code : '', shown), {
    isUnknown: meaning.isKnown === false,
    ...(isCode && { upstreamCode: code }),
    ...(requestId !== '' && { requestId }),
    cause: new Error(message),
  })
}

function failed(
  { code, retry, isMissing = false }: CodeMeaning,
  message: string,
  facts: Partial<UpstreamFailureFacts> = {},
): UpstreamFailure {
  const retryable = retry === 'backoff' || retry === 'next-window'
  return new UpstreamFailure(code, message, { retryable, retry, isMissing, ...facts })
}

function refusalMessage(service: string, code: string, shown: string): string {
  const head = code === '' ? `${service} answered with an error` : `${service} answered ${code}`
  return shown === '' ? head : `${head}: ${shown}`
}

function invalid(service: string, what: string, requestId = ''): UpstreamFailure {
  const message = `${service} gave an answer that cannot be read: ${what}`
  return new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', message, {
    retryable: false,
    ...(requestId !== '' && { requestId }),
  })
}

function requestIdOf(response: Readonly<Record<string, unknown>>, hide: (text: string) => string): string {
  const requestId = hidden(response['RequestId'], hide)
  return REQUEST_ID.test(requestId) ? requestId : ''
}

function hidden(value: unknown, hide: (text: string) => string): string {
  return typeof value === 'string' ? hide(value) : ''
}

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
