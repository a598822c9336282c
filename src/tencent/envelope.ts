import { UpstreamFailure } from '../failure'
import { meaningOf } from './classify'
import { parseJson } from './json'
import { publicErrorText } from './public-error-text'

/** What came back over HTTP. */
export interface RawAnswer {
  readonly status: number
  readonly body: Buffer
}

/** The inside of a good envelope. */
export interface OpenedEnvelope {
  readonly response: Readonly<Record<string, unknown>>
  /** Empty where the answer had none that looks like one: its absence spoils no data. */
  readonly requestId: string
}

const ERROR_CODE = /^[A-Za-z]+(\.[A-Za-z]+)*$/
const LONGEST_ERROR_CODE = 100
const REQUEST_ID = /^[\w-]{1,64}$/

/**
 * Opens `{"Response": {…}}`. The cloud reports its errors with HTTP 200; another status comes from the front before
 * it, whose page is no envelope.
 * @param hide takes secrets out of a text before it is kept
 * @throws UpstreamFailure
 */
export function openEnvelope(
  service: string,
  answer: RawAnswer,
  hide: (text: string) => string,
): OpenedEnvelope {
  if (answer.status >= 500) {
    throw new UpstreamFailure('UPSTREAM_UNAVAILABLE', `${service} answered with HTTP ${answer.status}`, {
      retryable: true,
    })
  }
  const response = responseOf(service, answer)
  const requestId = requestIdOf(response, hide)
  if (response['Error'] !== undefined) throw refusal(service, response['Error'], requestId, hide)
  if (answer.status !== 200) throw invalid(service, `HTTP ${answer.status} without an error`, requestId)
  return { response, requestId }
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

function responseOf(service: string, { status, body }: RawAnswer): Readonly<Record<string, unknown>> {
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
  const { code: failureCode, retry } = meaningOf(code)
  const known = code.length <= LONGEST_ERROR_CODE && ERROR_CODE.test(code)
  const shown = failureCode === 'UPSTREAM_REJECTED' ? publicErrorText(code, message) : ''
  return new UpstreamFailure(failureCode, refusalMessage(service, known ? code : '', shown), {
    retryable: retry === 'backoff' || retry === 'next-window',
    ...(known && { upstreamCode: code }),
    ...(requestId !== '' && { requestId }),
    cause: new Error(message),
  })
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
