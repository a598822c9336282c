import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, OperationTypeNode } from 'graphql'
import type { GraphContext } from './context'

/** Apollo would execute a subscription as if it was a query. */
export function onlyByWebSocket(): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ operation }) {
          if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return Promise.resolve()
          return Promise.reject(
            new GraphQLError(
              'Subscriptions are served over WebSocket at /graphql, by the protocol graphql-transport-ws',
              { nodes: operation, extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
            ),
          )
        },
      }),
  }
}
