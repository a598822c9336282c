import type { GraphQLRequestContextWillSendResponse } from '@apollo/server'
import type { FormattedExecutionResult } from 'graphql'
import type { GraphContext } from '../context'
import type { Admission } from './admission'
import { createCacheability, freshUntilMs, type CacheOptions } from './cacheability'
import { finishHttp } from './http-response'
import { nameOf, OutcomeTally, type ReportOperation } from './operation-report'
import { ResponseExtensions } from './response-extensions'
import { withoutRepetition } from './validation-rules'

export interface FinishOptions extends CacheOptions {
  readonly admission: Pick<Admission, 'settle'>
  readonly reportOperation: ReportOperation
}

/** The last stage of the pipeline. */
export interface Finish {
  /** Finishes the response of an operation that is answered once, over either transport, and reports the operation. */
  response(answered: GraphQLRequestContextWillSendResponse<GraphContext>): void
  /** Finishes the result of one event, and adds its cost to its subscription. */
  event(result: FormattedExecutionResult, event: GraphContext, subscription: GraphContext): void
  /** Reports an operation that has ended. */
  report(tally: OutcomeTally, context: GraphContext): void
}

export function createFinish(options: FinishOptions): Finish {
  const { admission, reportOperation, now } = options
  const cacheability = createCacheability()
  const report: Finish['report'] = (tally, context) => {
    const { kind, name } = nameOf(context.state.operation)
    const { outcome, codes } = tally.sum()
    const durationMs = now() - context.cameMs
    const events = kind === 'subscription' ? tally.count : null
    reportOperation({ kind, name, outcome, codes, durationMs, events }, context)
  }
  return {
    response(answered) {
      const { response, document, contextValue: context } = answered
      if (response.body.kind !== 'single' || context.state.subscription !== null) return
      const result = response.body.singleResult
      addCost(result, context)
      if (result.errors !== undefined) result.errors = withoutRepetition(result.errors)
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
      subscription.cost.add(event.cost)
      admission.settle(subscription)
    },
    report,
  }
}

/** Puts what the request has cost, and the failures of sources that no field shows, into the response. */
function addCost(result: FormattedExecutionResult, { cost, partialErrors: { errors } }: GraphContext): void {
  result.extensions = new ResponseExtensions({ ...cost.meter })
  if (errors.length > 0) result.errors = [...(result.errors ?? []), ...errors.map((error) => error.toJSON())]
}
