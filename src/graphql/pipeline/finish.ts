import type { GraphQLRequestContextWillSendResponse } from '@apollo/server'
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import { upstreamCost } from '../../call-cost'
import type { GraphContext } from '../context'
import type { FormatErrors } from '../errors'
import { REFUSAL_STATUS } from '../refusal'
import { HINT_SECONDS } from '../schema/cache-hint'
import type { Admission } from './admission'
import { createCacheability, freshUntilMs, type CacheOptions } from './cacheability'
import { nameOf, OutcomeTally, type ReportOperation } from './operation-report'
import { ResponseExtensions, serializeResponse } from './response-extensions'
import { withoutAbort } from './validation-rules'

/** What is wrong with the document or its variables, and not with the request. */
const DOCUMENT_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
])

export interface FinishOptions extends CacheOptions {
  readonly admission: Pick<Admission, 'settle' | 'eventDelayMs'>
  readonly reportOperation: ReportOperation
  readonly formatErrors: FormatErrors
}

/** The last stage of the pipeline. */
export interface Finish {
  /** Finishes the response of an operation that is answered once, over either transport, and reports the operation. */
  response(answered: GraphQLRequestContextWillSendResponse<GraphContext>): void
  /** Finishes the result of one event, and adds its cost to its subscription. */
  event(result: FormattedExecutionResult, event: GraphContext, subscription: GraphContext): void
  /** Milliseconds by which the next event of a subscription is slowed, whose caller owes too much. */
  eventDelayMs(subscription: GraphContext): number
  /** Reports an operation that has ended. */
  report(tally: OutcomeTally, context: GraphContext): void
}

export function createFinish(options: FinishOptions): Finish {
  const { admission, reportOperation, formatErrors, now } = options
  const cacheability = createCacheability()
  const report: Finish['report'] = (tally, context) => {
    const { kind, name } = nameOf(context.state.operation)
    const { outcome, codes } = tally.sum()
    const durationMs = now() - context.cameMs
    const events = kind === 'subscription' ? tally.count : null
    reportOperation({ kind, name, outcome, codes, durationMs, events }, context)
  }
  /** Puts a refusal in the place of a response that is too large. */
  const refuseTooLarge = (result: FormattedExecutionResult, { size }: GraphContext): boolean => {
    // Type names, introspection and errors are not counted while they are built.
    if (!size.isExceeded && Buffer.byteLength(serializeResponse(result)) <= size.limit) return false
    delete result.data
    result.errors = formatErrors([size.refusal()])
    return true
  }
  return {
    response(answered) {
      const { response, document, contextValue: context } = answered
      if (response.body.kind !== 'single' || context.state.subscription !== null) return
      const result = response.body.singleResult
      addCost(result, context)
      if (refuseTooLarge(result, context)) response.http.status = REFUSAL_STATUS.QUERY_TOO_COSTLY
      if (result.errors !== undefined) result.errors = withoutAbort(result.errors)
      const untilMs = freshUntilMs(result, context, options)
      context.state.cacheable = cacheability(result, document, untilMs, context)
      finishHttp(answered, result, (untilMs ?? -Infinity) - now())
      admission.settle(context)
      const tally = new OutcomeTally()
      tally.add(result)
      report(tally, context)
    },
    event(result, event, subscription) {
      addCost(result, event)
      refuseTooLarge(result, event)
      subscription.cost.add(event.cost)
      admission.settle(subscription)
    },
    eventDelayMs: admission.eventDelayMs,
    report,
  }
}

/** Puts what the request has cost, and the failures of sources that no field shows, into the response. */
function addCost(result: FormattedExecutionResult, { cost, partialErrors: { errors } }: GraphContext): void {
  result.extensions = new ResponseExtensions(upstreamCost(cost))
  if (errors.length > 0) result.errors = [...(result.errors ?? []), ...errors.map((error) => error.toJSON())]
}

/**
 * Sets the status and `Cache-Control` of a response over HTTP. A GET response without errors may be stored as long as
 * the cache hints say, if it stays young enough, rounded to a second. Nothing else may be stored.
 * @param freshForMs how much longer the response is young enough
 */
function finishHttp(
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
