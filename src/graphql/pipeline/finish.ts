import type { GraphQLRequestContextWillSendResponse } from '@apollo/server'
import {
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  BREAK,
  visit,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql'
import { upstreamCost, type UpstreamCost } from '../../call-cost'
import type { GraphContext, Cacheable } from '../context'
import type { FormatErrors } from '../errors'
import { REFUSAL_STATUS } from '../refusal'
import { HINT_SECONDS } from '../schema/scalars'
import type { Admission } from './admission'
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

export interface CacheOptions {
  /** How old a response may be that is served again. */
  readonly maxAgeMs: number
  readonly now: () => number
}

/** Fields that describe the sources at this moment, and not what they hold. */
const FIELDS_OF_HEALTH: ReadonlySet<string> = new Set(['state', 'lastSuccessAt', 'lastError'])

/** Unix milliseconds until which a response is young enough; null if it may hold more than lists, or less. */
function freshUntilMs(
  { errors }: FormattedExecutionResult,
  { cost }: GraphContext,
  { maxAgeMs, now }: CacheOptions,
): number | null {
  const untilMs = cost.oldestMs + maxAgeMs
  return errors === undefined && Number.isFinite(untilMs) && untilMs <= now() + maxAgeMs ? untilMs : null
}

/** Says of every response whether equal requests may be given it; null of a failure, which says nothing of the next response. */
function createCacheability(): (
  response: FormattedExecutionResult,
  document: DocumentNode | undefined,
  untilMs: number | null,
  context: GraphContext,
) => Cacheable | 'never' | null {
  const health = new WeakMap<DocumentNode, boolean>()
  const selectsHealth = (document: DocumentNode): boolean => {
    const known = health.get(document) ?? hasFieldOfHealth(document)
    health.set(document, known)
    return known
  }
  return ({ data, errors, extensions }, document, untilMs, { cost, state: { operation, plannedCalls } }) => {
    if (errors !== undefined) return null
    if (untilMs === null || plannedCalls === null || !data || !document || selectsHealth(document))
      return 'never'
    if (!(extensions instanceof ResponseExtensions)) return 'never'
    return {
      facts: {
        name: nameOf(operation).name,
        untilMs,
        plannedCalls,
        reads: cost.answers,
        requestIds: cost.requestIds,
      },
      serializeData: () => extensions.serializeData(data),
    }
  }
}

function hasFieldOfHealth(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field({ name }) {
      if (!FIELDS_OF_HEALTH.has(name.value)) return undefined
      found = true
      return BREAK
    },
  })
  return found
}

/** What is reported of every operation when it has ended; nothing of its document or its variables. */
export interface OperationReport {
  readonly kind: 'query' | 'mutation' | 'subscription' | 'unknown'
  /** Name of the operation. */
  readonly name: string | null
  /** `partial`: some of the root fields failed, or something below them; or some of the events. */
  readonly outcome: 'ok' | 'partial' | 'error'
  readonly codes: readonly string[]
  readonly durationMs: number
  /** Results that a subscription was sent, which lasts as long as its client likes; null for all other operations. */
  readonly events: number | null
}

export type ReportOperation = (report: OperationReport, context: GraphContext) => void

const NAME_CHARACTERS = 100

/** Kind and name of an operation; `unknown` if it was never found. */
export function nameOf(operation: OperationDefinitionNode | null): Pick<OperationReport, 'kind' | 'name'> {
  return {
    kind: operation?.operation ?? 'unknown',
    name: operation?.name?.value.slice(0, NAME_CHARACTERS) ?? null,
  }
}

/** Adds up the outcome of one operation: of its one response, or of every event. */
export class OutcomeTally {
  count = 0
  private hasData = false
  private hasErrors = false
  /** Few, and kept as long as a subscription lasts: a list is smaller than a set. */
  private readonly codes: string[] = []

  add({ data = null, errors = [] }: Pick<FormattedExecutionResult, 'data' | 'errors'>): void {
    this.count += 1
    this.hasData ||= !isEmpty(data)
    this.hasErrors ||= errors.length > 0
    for (const { extensions } of errors) {
      const code = extensions?.['code']
      if (typeof code === 'string' && !this.codes.includes(code)) this.codes.push(code)
    }
  }

  sum(): Pick<OperationReport, 'outcome' | 'codes'> {
    const failed = this.hasData ? 'partial' : 'error'
    return { outcome: this.hasErrors ? failed : 'ok', codes: this.codes }
  }
}

/** True if no root field has a value. */
function isEmpty(data: object | null): boolean {
  return data === null || Object.values(data).every((value) => value === null)
}

/**
 * The `extensions` of a response: what it has cost. They keep the serialized data of the response, so that it is
 * serialized once for the client and the response cache. (A WeakMap would keep the texts until a major collection.)
 */
class ResponseExtensions {
  readonly [name: string]: unknown
  #data: string | null = null

  constructor(readonly upstream: UpstreamCost) {}

  serializeData(data: object): string {
    return (this.#data ??= JSON.stringify(data))
  }
}

/** The response as JSON, in the order of the specification's parts. */
export function serializeResponse({ errors, data, extensions }: FormattedExecutionResult): string {
  return errors === undefined && data && extensions instanceof ResponseExtensions
    ? `{"data":${extensions.serializeData(data)},"extensions":${JSON.stringify(extensions)}}\n`
    : `${JSON.stringify({ errors, data, extensions })}\n`
}
