import type { CallContext } from '../../call-context'
import { createMeter } from '../../call-context'
import type { GraphContext } from '../context'
import { Problems } from '../partial-errors'
import { createTaskLoader } from '../task-loader'

/** A subscription that lasts asks without end; its report tells the first of them. */
const KEPT_REQUEST_IDS = 20

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
    addUp(whole.scope, part.scope)
  }
}

function partOf(whole: GraphContext, limits: Pick<CallContext, 'signal' | 'deadlineMs'>): GraphContext {
  const scope = {
    ...limits,
    meter: createMeter(),
    freshness: { oldestMs: Infinity },
    requestIds: new Set<string>(),
    span: whole.scope.span,
  }
  return {
    ...whole,
    scope,
    loader: createTaskLoader(whole.core, whole.caller, scope),
    problems: new Problems(),
  }
}

function addUp({ meter, requestIds }: CallContext, part: CallContext): void {
  meter.calls += part.meter.calls
  meter.cacheHits += part.meter.cacheHits
  meter.shared += part.meter.shared
  meter.queuedMs += part.meter.queuedMs
  for (const id of part.requestIds ?? []) {
    if (requestIds === undefined || requestIds.size >= KEPT_REQUEST_IDS) return
    requestIds.add(id)
  }
}
