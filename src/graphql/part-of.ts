import type { CallContext } from '../call-context'
import { CostTally } from '../call-cost'
import type { GraphContext } from './context'
import { Problems } from './problems'
import { createTaskLoader } from './task-loader'

/** Runs a part of an operation, as one event is, in a context of its own; what it costs is added to the whole. */
export async function runPart<T>(
  whole: GraphContext,
  limits: Pick<CallContext, 'signal' | 'deadlineMs'>,
  run: (context: GraphContext) => Promise<T>,
): Promise<T> {
  const part = partOf(whole, limits)
  try {
    return await run(part)
  } finally {
    whole.cost.add(part.cost)
  }
}

function partOf(whole: GraphContext, limits: Pick<CallContext, 'signal' | 'deadlineMs'>): GraphContext {
  const scope: CallContext = { ...limits, span: whole.scope.span }
  const cost = new CostTally()
  return {
    ...whole,
    scope,
    cost,
    loader: createTaskLoader(whole.core, whole.caller, scope, cost),
    problems: new Problems(),
  }
}
