import { upstreamCost } from '../call-cost'
import type { Answered } from './answered'

/** Puts what the request cost the upstreams, and the failures told beside the data, into the answer. */
export function tellCosts({ response: { body }, contextValue: { cost, problems } }: Answered): void {
  if (body.kind !== 'single') return
  const { singleResult } = body
  singleResult.extensions = { ...singleResult.extensions, upstream: upstreamCost(cost) }
  if (problems.errors.length > 0)
    singleResult.errors = [...(singleResult.errors ?? []), ...problems.errors.map((error) => error.toJSON())]
}
