import {
  getOperationAST,
  GraphQLError,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type OperationDefinitionNode,
} from 'graphql'
import type { GraphContext } from './context'
import { withDeadline } from './deadline'
import { createDocuments, type DocumentOptions } from './documents'
import { formatError, type ReportUnexpected } from './errors'
import { streamEvents, SubscriptionRefused, type CreateContext, type ResultStream } from './event-stream'
import type { Admit } from './limits/admission'
import { EXECUTION_OPTIONS } from './limits/rules'
import { runOperation } from './run-operation'

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

export interface OperationsOptions extends DocumentOptions {
  readonly admit: Admit
  /** How long a query, or one event of a subscription, may wait on the upstreams. */
  readonly deadlineMs: number
  readonly reportUnexpected: ReportUnexpected
}

/** Runs operations for whoever holds a connection; by HTTP, Apollo does. */
export interface Operations {
  /** What to execute, or why not. */
  prepare(request: OperationRequest, context: GraphContext): Promise<ExecutionArgs | readonly GraphQLError[]>
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
  const { schema, production, admit, deadlineMs, reportUnexpected } = options
  const readDocument = createDocuments(options)
  return {
    async prepare(request, context) {
      const document = readDocument(request.query)
      if (!('kind' in document)) return document
      const operation = findOperation(document, request)
      if (operation instanceof GraphQLError) return [operation]
      const { operationName = null, variables } = request
      const refused = await refusalOf(() =>
        admit({ schema, document, operation, variables: variables ?? {} }, context),
      )
      if (refused !== null) return [refused]
      return {
        schema,
        document,
        operationName,
        variableValues: variables ?? null,
        hideSuggestions: production,
        options: EXECUTION_OPTIONS,
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
      errors
        .flatMap(unpack)
        .map((error) => formatError(withoutHttp(error.toJSON()), error, reportUnexpected)),
  }
}

function findOperation(
  document: DocumentNode,
  { operationName }: OperationRequest,
): OperationDefinitionNode | GraphQLError {
  const operation = getOperationAST(document, operationName)
  if (operation) return operation
  const message = operationName
    ? `The document has no operation named ${JSON.stringify(operationName.slice(0, 64))}`
    : 'The document has not one operation but several, or none: operationName must say which'
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })
}

async function refusalOf(admit: () => Promise<void>): Promise<GraphQLError | null> {
  try {
    await admit()
    return null
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

function unpack(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof SubscriptionRefused ? error.originalError.errors : [error]
}

/** What an error says of its answer over HTTP is nothing for a WebSocket. */
function withoutHttp({ extensions = {}, ...formatted }: GraphQLFormattedError): GraphQLFormattedError {
  return {
    ...formatted,
    extensions: Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== 'http')),
  }
}
