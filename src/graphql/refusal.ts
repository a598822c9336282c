import { HeaderMap } from '@apollo/server'
import { GraphQLError, type ASTNode } from 'graphql'

/** The codes with which the gateway refuses an operation before it runs, and the HTTP status of each. */
export const REFUSAL_STATUS = {
  BAD_REQUEST: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  QUERY_TOO_COSTLY: 400,
  DOCUMENT_NOT_TRUSTED: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
} as const

export type RefusalCode = keyof typeof REFUSAL_STATUS

interface RefusalFacts {
  /** The caller may try again after this time. */
  readonly retryAfterMs?: number
  readonly cost?: number
  readonly limit?: number
}

/** An error whose message is for the caller. */
export function refusal(
  code: RefusalCode,
  message: string,
  facts: RefusalFacts = {},
  node?: ASTNode,
): GraphQLError {
  const headers = new HeaderMap()
  const { retryAfterMs } = facts
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return new GraphQLError(message, {
    nodes: node ?? null,
    extensions: { code, ...facts, http: { status: REFUSAL_STATUS[code], headers } },
  })
}

export const OVERLOADED = 'The gateway has more to do than it can; come again later'
export const OVERLOADED_RETRY_AFTER_MS = 1000

export function overloaded(): GraphQLError {
  return refusal('OVERLOADED', OVERLOADED, { retryAfterMs: OVERLOADED_RETRY_AFTER_MS })
}
