import { createSourceEventStream, GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { GraphContext } from './context'
import { withDeadline } from './deadline'
import { runOperation } from './run-operation'

/** A new context whose questions end with the signal. */
export type CreateContext = (signal: AbortSignal) => GraphContext

/** The results of a subscription; `return` ends it at once. */
export type ResultStream = AsyncIterableIterator<ExecutionResult, void, undefined>

/** A subscription that could not be begun. */
export class SubscriptionRefused extends Error {
  override readonly name = 'SubscriptionRefused'

  constructor(readonly errors: readonly GraphQLError[]) {
    super('the subscription could not be begun')
  }
}

/**
 * The result of every event, each executed with a context of its own. What fails before the first event is thrown; what
 * fails later is the last result.
 * @param ending aborted by whoever has enough, and by the stream when it has ended
 * @param deadlineMs how long one event may wait on the upstreams
 */
export function streamEvents(
  args: ExecutionArgs,
  createContext: CreateContext,
  deadlineMs: number,
  ending: AbortController,
): ResultStream {
  const results = generate(args, createContext, deadlineMs, ending)
  return {
    next: () => results.next(),
    // The generator itself would be ended behind the event that it waits for.
    return() {
      ending.abort()
      return results.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* generate(
  args: ExecutionArgs,
  createContext: CreateContext,
  deadlineMs: number,
  ending: AbortController,
): AsyncGenerator<ExecutionResult, void, undefined> {
  const { signal } = ending
  let hasSent = false
  try {
    for await (const event of await begin(args, createContext(signal))) {
      if (signal.aborted) return
      yield await withDeadline(signal, deadlineMs, (within) =>
        runOperation({ ...args, rootValue: event }, createContext(within)),
      )
      hasSent = true
    }
  } catch (error) {
    if (signal.aborted) return
    if (!hasSent) throw error
    yield { errors: [toGraphQLError(error)] }
  } finally {
    ending.abort()
  }
}

/** @throws SubscriptionRefused */
async function begin(args: ExecutionArgs, contextValue: GraphContext): Promise<AsyncIterable<unknown>> {
  const source = await createSourceEventStream({ ...args, contextValue })
  if (Symbol.asyncIterator in source) return source
  throw new SubscriptionRefused(source.errors ?? [])
}

function toGraphQLError(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error))
  return new GraphQLError(originalError.message, { originalError })
}
