import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { BadInput } from '../tasks/bad-input'
import { SourceUnavailable, type SourceFailure } from '../tasks/service'
import { sourceName } from '../tasks/task'
import { cut, MAX_MESSAGE_CHARACTERS } from './cut'
import { REFUSAL_STATUS } from './refusal'

/** The codes with which a request is refused; their texts are for the caller. */
const GRAPHQL_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'FORBIDDEN',
  ...Object.keys(REFUSAL_STATUS),
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])

/** graphql-js finds it only when it executes, and gives it no code. */
const WRONG_ARGUMENT = /^Argument "/

/** Told of an error that nobody expected; returns the id by which the log has it. */
export type ReportUnexpected = (error: unknown) => string

/** The failure of a source as GraphQL tells it. */
export function toExtensions({ source, failure }: SourceFailure): Record<string, unknown> {
  const { code, upstreamCode, requestId, retryable, retryAfterMs } = failure
  const { provider, account, region } = source.key
  return { code, provider, account, region, upstreamCode, requestId, retryable, retryAfterMs }
}

export function describe({ source, failure }: SourceFailure): string {
  return `${sourceName(source.key)}: ${failure.message}`
}

/** Every error on its way out: the expected ones typed, all others masked, none longer than a few lines. */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  report: ReportUnexpected,
): GraphQLFormattedError {
  const typed = withCode(formatted, error, report)
  return { ...typed, message: cut(typed.message, MAX_MESSAGE_CHARACTERS) }
}

function withCode(
  formatted: GraphQLFormattedError,
  error: unknown,
  report: ReportUnexpected,
): GraphQLFormattedError {
  const cause = causeOf(error)
  if (cause instanceof BadInput)
    return {
      ...formatted,
      message: cause.message,
      extensions: { code: 'BAD_USER_INPUT', argument: cause.argument },
    }
  if (cause instanceof SourceUnavailable)
    return { ...formatted, message: describe(cause), extensions: toExtensions(cause) }
  if (cause instanceof GraphQLError && isWrongArgument(formatted, cause))
    return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } }
  if (cause instanceof GraphQLError && cause.extensions['code'] === 'DOCUMENT_NOT_TRUSTED')
    return { message: cause.message, extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }
  return GRAPHQL_CODES.has(formatted.extensions?.['code']) ? formatted : masked(formatted, report(cause))
}

function masked({ locations, path }: GraphQLFormattedError, id: string): GraphQLFormattedError {
  return {
    message: `Internal error ${id}`,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: 'INTERNAL_SERVER_ERROR', id },
  }
}

function isWrongArgument({ extensions }: GraphQLFormattedError, { message }: GraphQLError): boolean {
  return extensions?.['code'] !== 'GRAPHQL_VALIDATION_FAILED' && WRONG_ARGUMENT.test(message)
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}
