import {
  getOperationAST,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import { withDeadline } from './deadline'
import { createDocuments, type DocumentOptions } from './documents'
import { formatError, type ReportUnexpected } from './errors'
import { streamEvents, SubscriptionRefused, type CreateContext, type ResultStream } from './event-stream'
import { runOperation } from './run-operation'

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

export interface OperationsOptions extends DocumentOptions {
  /** How long a query, or one event of a subscription, may wait on the upstreams. */
  readonly deadlineMs: number
  readonly reportUnexpected: ReportUnexpected
}

/** Runs operations for whoever holds a connection; by HTTP, Apollo does. */
export interface Operations {
  /** What to execute, or why not. */
  prepare(request: OperationRequest): ExecutionArgs | readonly GraphQLError[]
  /** @param ending aborted by whoever has enough, and when the answer is there */
  execute(
    args: ExecutionArgs,
    createContext: CreateContext,
    ending: AbortController,
  ): Promise<ExecutionResult>
  /** @param ending aborted by whoever has enough, and when the subscription has ended */
  subscribe(args: ExecutionArgs, createContext: CreateContext, ending: AbortController): ResultStream
  /** Errors as the client may see them. */
  format(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[]
}

export function createOperations(options: OperationsOptions): Operations {
  const { schema, production, deadlineMs, reportUnexpected } = options
  const readDocument = createDocuments(options)
  return {
    prepare({ query, operationName, variables }) {
      const document = readDocument(query)
      if (!('kind' in document)) return document
      if (!getOperationAST(document, operationName)) return [unknownOperation(operationName)]
      return {
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        hideSuggestions: production,
      }
    },
    async execute(args, createContext, ending) {
      try {
        return await withDeadline(ending.signal, deadlineMs, (signal) =>
          runOperation(args, createContext(signal)),
        )
      } finally {
        ending.abort()
      }
    },
    subscribe: (args, createContext, ending) => streamEvents(args, createContext, deadlineMs, ending),
    format: (errors) =>
      errors.flatMap(unpack).map((error) => formatError(error.toJSON(), error, reportUnexpected)),
  }
}

function unpack(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof SubscriptionRefused ? error.originalError.errors : [error]
}

function unknownOperation(name: string | null | undefined): GraphQLError {
  const message = name
    ? `The document has no operation named ${JSON.stringify(name.slice(0, 64))}`
    : 'The document has several operations: operationName must say which'
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })
}
