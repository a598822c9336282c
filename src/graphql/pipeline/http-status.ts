import type { GraphQLFormattedError } from 'graphql'
import type { Answered } from './answered'

/** What is wrong with the document or its variables, and not with the request. */
const DOCUMENT_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
])

/**
 * Whoever asks for `application/json` by name gets such errors with status 200, as "GraphQL over HTTP" wants for that
 * type: there a 4xx may come from anything on the way. Everybody else gets 400.
 */
export function jsonStatus({ request, response: { body, http } }: Answered): void {
  const { data, errors = [] } = body.kind === 'single' ? body.singleResult : {}
  const isOfDocument = data === undefined && errors.length > 0 && errors.every(isDocumentError)
  if (http.status === 400 && isOfDocument && wantsJson(request.http?.headers.get('accept') ?? ''))
    http.status = 200
}

function isDocumentError({ extensions }: GraphQLFormattedError): boolean {
  return DOCUMENT_CODES.has(extensions?.['code'])
}

function wantsJson(accept: string): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase())
  return types.includes('application/json') && !types.includes('application/graphql-response+json')
}
