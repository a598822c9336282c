import { at, listAt } from '../answer'

/** Every code that the gateway gives. */
const CODES: ReadonlySet<unknown> = new Set([
  ...['BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'OVERLOADED', 'QUERY_TOO_COSTLY'],
  ...['DOCUMENT_NOT_TRUSTED', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_THROTTLED'],
  ...['UPSTREAM_INVALID_RESPONSE', 'UPSTREAM_UNAUTHORIZED', 'UPSTREAM_REJECTED', 'GRAPHQL_PARSE_FAILED'],
  ...[
    'GRAPHQL_VALIDATION_FAILED',
    'OPERATION_RESOLUTION_FAILURE',
    'PERSISTED_QUERY_NOT_SUPPORTED',
    'BAD_REQUEST',
  ],
])

export interface FuzzAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** What is wrong with an answer; null where nothing is. */
export function judge({ status, type, text }: FuzzAnswer, canaries: readonly string[]): string | null {
  const leaked = canaries.find((canary) => text.includes(canary))
  if (leaked !== undefined) return 'a secret is in it'
  if (status >= 500) return `its status is ${status}`
  if (text === '') return null
  if (!/^application\/(graphql-response\+)?json/.test(type)) return `its type is ${type}`
  const answer = parsed(text)
  if (answer === undefined) return 'it is no JSON'
  if (at(answer, 'errors') === undefined)
    return status === 200 ? null : `its status is ${status} without an error`
  const odd = listAt(answer, 'errors').find((error) => !CODES.has(at(error, 'extensions', 'code')))
  return odd === undefined ? null : `an error has no code that is known: ${JSON.stringify(odd)}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
