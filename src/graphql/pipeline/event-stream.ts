import { createSourceEventStream, GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { GraphContext } from '../context'

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
 * The result of every event. What fails before the first event is thrown; what fails later is the last result.
 * @param context of the subscription itself
 * @param ending aborted by whoever has enough, and by the stream when it has ended
 * @param run executes for one event, which is the root value
 */
export function streamEvents(
  args: ExecutionArgs,
  context: GraphContext,
  ending: AbortController,
  run: (args: ExecutionArgs) => Promise<ExecutionResult>,
): ResultStream {
  const results = generate(args, context, ending, run)
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
  context: GraphContext,
  ending: AbortController,
  run: (args: ExecutionArgs) => Promise<ExecutionResult>,
): AsyncGenerator<ExecutionResult, void, undefined> {
  const { signal } = ending
  let hasSent = false
  try {
    for await (const event of await begin(args, context)) {
      if (signal.aborted) return
      yield await run({ ...args, rootValue: event })
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
