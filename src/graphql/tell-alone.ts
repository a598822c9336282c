import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphContext } from './context'
import { toldOf } from './document-rules'
import { REFUSAL_STATUS } from './limits/refusal'

/** Answers a document of which one error says all with that error alone; where it is not trusted, with that status. */
export function tellAlone(): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ response: { body, http } }) {
          if (body.kind !== 'single' || body.singleResult.errors === undefined) return Promise.resolve()
          const errors = toldOf(body.singleResult.errors)
          body.singleResult.errors = errors
          if (errors[0]?.extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED')
            http.status = REFUSAL_STATUS.DOCUMENT_NOT_TRUSTED
          return Promise.resolve()
        },
      }),
  }
}
