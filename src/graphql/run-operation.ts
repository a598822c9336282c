import { execute, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { upstreamCost } from '../call-cost'
import type { GraphContext } from './context'

/** Executes once; the result tells the failures beside the data, and what it has cost the upstreams. */
export async function runOperation(
  args: ExecutionArgs,
  contextValue: GraphContext,
): Promise<ExecutionResult> {
  const { data, errors = [] } = await execute({ ...args, contextValue })
  const all = [...errors, ...contextValue.problems.errors]
  return {
    ...(data !== undefined && { data }),
    ...(all.length > 0 && { errors: all }),
    extensions: { upstream: upstreamCost(contextValue.cost) },
  }
}
