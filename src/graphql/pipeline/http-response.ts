import type { GraphQLRequestContextWillSendResponse } from '@apollo/server'
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import type { GraphContext } from '../context'
import { REFUSAL_STATUS } from '../refusal'
import { HINT_SECONDS } from '../schema/cache-hint'

/** What is wrong with the document or its variables, and not with the request. */
const DOCUMENT_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
])

/**
 * Sets the status and `Cache-Control` of a response over HTTP. A GET response without errors may be stored as long as
 * the cache hints say, if it stays young enough, rounded to a second. Nothing else may be stored.
 * @param freshForMs how much longer the response is young enough
 */
export function finishHttp(
  { request, response: { http } }: GraphQLRequestContextWillSendResponse<GraphContext>,
  result: FormattedExecutionResult,
  freshForMs: number,
): void {
  if (request.http === undefined) return
  const isStored = request.http.method === 'GET' && Math.round(freshForMs / 1000) >= HINT_SECONDS
  http.headers.set('cache-control', isStored ? `private, max-age=${HINT_SECONDS}` : 'no-store')
  const { data, errors = [] } = result
  if (errors.length === 0) return
  if (errors[0]?.extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED')
    http.status = REFUSAL_STATUS.DOCUMENT_NOT_TRUSTED
  // "GraphQL over HTTP" wants 200 for `application/json`, since any proxy may answer 4xx in that type.
  else if (http.status === 400 && data === undefined && errors.every(isDocumentError))
    if (acceptsOnlyJson(request.http.headers.get('accept') ?? '')) http.status = 200
}

function isDocumentError({ extensions }: GraphQLFormattedError): boolean {
  return DOCUMENT_CODES.has(extensions?.['code'])
}

function acceptsOnlyJson(accept: string): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase())
  return types.includes('application/json') && !types.includes('application/graphql-response+json')
}
