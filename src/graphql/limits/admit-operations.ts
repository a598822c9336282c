import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphContext } from '../context'
import type { Admission } from './admission'

/** Asks, before a request is executed, whether it may be. */
export function admitOperations({ admit, settle }: Admission): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          if (operation)
            await admit({ schema, document, operation, variables: request.variables ?? {} }, contextValue)
        },
        willSendResponse: ({ contextValue }) => settle(contextValue),
      }),
  }
}
