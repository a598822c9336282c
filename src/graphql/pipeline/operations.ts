import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { GraphContext } from '../context'
import { createDocuments, type DocumentOptions } from './documents'
import { formatError, type ReportUnexpected } from '../errors'
import { SubscriptionRefused } from './event-stream'
import type { OperationRequest } from './select-operation'
import { Operation, type OperationTools } from './websocket-operation'

export interface OperationsOptions
  extends DocumentOptions, Pick<OperationTools, 'admission' | 'deadlineMs' | 'now' | 'reportRequest'> {
  readonly reportUnexpected: ReportUnexpected
}

/** Runs operations for whoever holds a connection; by HTTP, Apollo does. */
export interface Operations {
  /**
   * Nothing runs yet.
   * @param context shared by all that the operation does; its signal is that of `ending`
   * @param ending aborted by whoever has enough, and when the operation has ended
   */
  open(request: OperationRequest, context: GraphContext, ending: AbortController): Operation
  /** Errors as the client may see them. */
  format(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[]
}

export function createOperations(options: OperationsOptions): Operations {
  const { schema, production, admission, deadlineMs, now, reportRequest, reportUnexpected } = options
  const format = (errors: readonly GraphQLError[]) =>
    errors.flatMap(unpack).map((error) => formatError(withoutHttp(error.toJSON()), error, reportUnexpected))
  const tools: OperationTools = {
    schema,
    production,
    readDocument: createDocuments(options),
    admission,
    deadlineMs,
    now,
    reportRequest,
    format,
  }
  return {
    open: (request, context, ending) => new Operation(request, context, ending, tools),
    format,
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
