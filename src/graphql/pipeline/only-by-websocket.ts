import { GraphQLError, OperationTypeNode, type OperationDefinitionNode } from 'graphql'

/** Apollo would execute a subscription as if it was a query. @throws GraphQLError BAD_REQUEST */
export function onlyByWebSocket(operation: OperationDefinitionNode): void {
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return
  throw new GraphQLError(
    'Subscriptions are served over WebSocket at /graphql, by the protocol graphql-transport-ws',
    { nodes: operation, extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
  )
}
