import { getOperationAST, GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { ReadDocument } from './documents'

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

export interface FoundOperation {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

/** The operation that is asked for, in its valid document; or why there is none. */
export function findOperation(
  { query, operationName }: OperationRequest,
  readDocument: ReadDocument,
): FoundOperation | readonly GraphQLError[] {
  const document = readDocument(query)
  if (!('kind' in document)) return document
  const operation = getOperationAST(document, operationName)
  if (operation) return { document, operation }
  const message = operationName
    ? `The document has no operation named ${JSON.stringify(operationName.slice(0, 64))}`
    : 'The document has not one operation but several, or none: operationName must say which'
  return [new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })]
}
