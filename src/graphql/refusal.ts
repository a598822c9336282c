import { HeaderMap } from '@apollo/server'
import { GraphQLError, type ASTNode, type GraphQLErrorExtensions, type GraphQLErrorOptions } from 'graphql'

/** The codes with which the gateway refuses an operation before it runs, and the HTTP status of each. */
export const REFUSAL_STATUS = {
  BAD_REQUEST: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  QUERY_TOO_COSTLY: 400,
  DOCUMENT_NOT_TRUSTED: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
} as const

type RefusalCode = keyof typeof REFUSAL_STATUS

/** The code of the error for each limit, over both transports. A socket beyond its limit is closed instead. */
export const LIMIT_CODES = {
  cost: 'QUERY_TOO_COSTLY',
  objects: 'QUERY_TOO_COSTLY',
  answer_bytes: 'QUERY_TOO_COSTLY',
  fields: 'QUERY_TOO_COSTLY',
  caller_rate: 'RATE_LIMITED',
  list_entries: 'BAD_USER_INPUT',
  watched_ids: 'BAD_USER_INPUT',
  tokens: 'GRAPHQL_PARSE_FAILED',
  depth: 'GRAPHQL_VALIDATION_FAILED',
  root_fields: 'GRAPHQL_VALIDATION_FAILED',
  aliases: 'GRAPHQL_VALIDATION_FAILED',
  alias_characters: 'GRAPHQL_VALIDATION_FAILED',
  directives: 'GRAPHQL_VALIDATION_FAILED',
  fragments: 'GRAPHQL_VALIDATION_FAILED',
  spreads: 'GRAPHQL_VALIDATION_FAILED',
  repetitions: 'GRAPHQL_VALIDATION_FAILED',
  trusted_documents: 'DOCUMENT_NOT_TRUSTED',
  in_flight: 'OVERLOADED',
  caller_share: 'OVERLOADED',
  waiting: 'OVERLOADED',
  pressure: 'OVERLOADED',
  connections: 'OVERLOADED',
  operations: 'BAD_REQUEST',
  operation_characters: 'BAD_REQUEST',
  body_bytes: 'BAD_REQUEST',
} as const

export type Limit = keyof typeof LIMIT_CODES

/** The limits whose errors have one of the codes above. */
type RefusingLimit = {
  [L in Limit]: (typeof LIMIT_CODES)[L] extends RefusalCode ? L : never
}[Limit]

/** Counts a refusal. */
export type ReportLimit = (limit: Limit) => void

/** An error because of a limit; counted where it is formatted for the client. */
export class LimitExceeded extends GraphQLError {
  constructor(
    readonly limit: Limit,
    message: string,
    options: GraphQLErrorOptions = {},
  ) {
    super(message, options)
  }
}

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
  return new GraphQLError(message, { nodes: node ?? null, extensions: extensionsOf(code, facts) })
}

/** A refusal because of a limit. */
export function exceeded(limit: RefusingLimit, message: string, facts: RefusalFacts = {}): LimitExceeded {
  return new LimitExceeded(limit, message, { extensions: extensionsOf(LIMIT_CODES[limit], facts) })
}

function extensionsOf(code: RefusalCode, facts: RefusalFacts): GraphQLErrorExtensions {
  const headers = new HeaderMap()
  const { retryAfterMs } = facts
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return { code, ...facts, http: { status: REFUSAL_STATUS[code], headers } }
}

export const OVERLOADED = 'The gateway has more to do than it can; come again later'
export const OVERLOADED_RETRY_AFTER_MS = 1000

export function overloaded(): GraphQLError {
  return refusal('OVERLOADED', OVERLOADED, { retryAfterMs: OVERLOADED_RETRY_AFTER_MS })
}
