import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql'
import { BadInput } from '../tasks/bad-input'
import { SourceUnavailable, type SourceFailure } from '../tasks/service'
import { sourceName } from '../tasks/task'
import { LimitExceeded, REFUSAL_STATUS, type ReportLimit } from './refusal'

/** The codes that an error is given where it arises: by Apollo, or by the pipeline. Their texts are for the caller. */
const EXPECTED_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  ...Object.keys(REFUSAL_STATUS),
])

/** graphql-js has no class for it; the text of a request comes later in its messages. */
const TOO_MANY_TOKENS = 'Syntax Error: Document contains more that'

/** What an error of graphql-js points at when it could not coerce an argument of a field or of a directive. */
const COERCED_NODES: ReadonlySet<Kind> = new Set([
  Kind.DIRECTIVE,
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
])

/** Receives an error that nobody expected; returns the id under which the log has it. */
export type ReportUnexpected = (error: unknown) => string

/** What is reported of errors. */
export interface ErrorReport {
  readonly unexpected: ReportUnexpected
  readonly exceeded: ReportLimit
}

/** Errors as the client may see them, for errors that do not pass through Apollo. */
export type FormatErrors = (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[]

/** The failure of a source in the words of the public contract. */
export function toExtensions({ source, failure }: SourceFailure): Record<string, unknown> {
  const { code, upstreamCode, requestId, retryable, retryAfterMs } = failure
  const { provider, account, region } = source.key
  return { code, provider, account, region, upstreamCode, requestId, retryable, retryAfterMs }
}

export function describe({ source, failure }: SourceFailure): string {
  return `${sourceName(source.key)}: ${failure.message}`
}

/** Types the expected errors by their origin and masks all others. No message is longer than a few lines. */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  report: ErrorReport,
): GraphQLFormattedError {
  const cause = causeOf(error)
  if (cause instanceof LimitExceeded) report.exceeded(cause.limit)
  else if (formatted.message.startsWith(TOO_MANY_TOKENS)) report.exceeded('tokens')
  const typed = withCode(formatted, error, report.unexpected)
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
  if (cause instanceof GraphQLError && cause.extensions['code'] === 'DOCUMENT_NOT_TRUSTED')
    return { message: cause.message, extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }
  if (EXPECTED_CODES.has(formatted.extensions?.['code'])) return formatted
  if (isCoercionError(error)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } }
  return masked(formatted, report(cause))
}

export function createFormatErrors(report: ErrorReport): FormatErrors {
  return (errors) =>
    errors.map((error) => {
      const { extensions = {}, ...formatted } = error.toJSON()
      // Status and headers are for Apollo, which takes them out by itself.
      const told = Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== 'http'))
      return formatError({ ...formatted, extensions: told }, error, report)
    })
}

/** True for an argument that could not be coerced, which graphql-js finds only while it executes. */
export function isCoercionError(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false
  const kind = error.nodes?.[0]?.kind
  return (kind !== undefined && COERCED_NODES.has(kind)) || isCoercionError(error.originalError)
}

function masked({ locations, path }: GraphQLFormattedError, id: string): GraphQLFormattedError {
  return {
    message: `Internal error ${id}`,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: 'INTERNAL_SERVER_ERROR', id },
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/** The longest text of a caller that an error repeats. */
export const MAX_QUOTED_CHARACTERS = 100

/** graphql-js repeats what a document has, and some values, however long that is. */
export const MAX_MESSAGE_CHARACTERS = 500

/** The text, or its beginning and an ellipsis. */
export function cut(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text
}
