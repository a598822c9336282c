import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphContext } from '../context'
import { REFUSAL_STATUS } from './refusal'
import { untrustedAlone } from './trust'

/** Answers a document that is not trusted with that error alone, and its status. */
export function tellUntrusted(): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ response: { body, http } }) {
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : []
          const [told] = untrustedAlone(errors)
          if (body.kind === 'single' && told?.extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED') {
            body.singleResult.errors = [told]
            http.status = REFUSAL_STATUS.DOCUMENT_NOT_TRUSTED
          }
          return Promise.resolve()
        },
      }),
  }
}
