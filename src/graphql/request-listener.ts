import type { ApolloServerPlugin } from '@apollo/server'
import { cacheControl, type CacheControlOptions } from './cache-control'
import type { GraphContext } from './context'
import { jsonStatus } from './json-status'
import type { Admission } from './limits/admission'
import { measure, type ReportRequest } from './measure'
import { noteRepeatable } from './note-repeatable'
import { onlyByWebSocket } from './only-by-websocket'
import { tellAlone } from './tell-alone'
import { tellCosts } from './tell-costs'

export interface RequestListenerOptions extends CacheControlOptions {
  readonly admission: Admission
  readonly reportRequest: ReportRequest
}

/**
 * What is done with every request by HTTP before it runs, and with its answer before that is sent. One plugin, since
 * Apollo waits for each of them at each of its steps.
 */
export function createRequestListener(options: RequestListenerOptions): ApolloServerPlugin<GraphContext> {
  const { admit, settle } = options.admission
  const steps = [
    tellCosts,
    cacheControl(options),
    noteRepeatable(options),
    tellAlone,
    jsonStatus,
    measure(options),
  ]
  return {
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          if (!operation) return
          onlyByWebSocket(operation)
          await admit({ schema, document, operation, variables: request.variables ?? {} }, contextValue)
        },
        async willSendResponse(answered) {
          for (const step of steps) step(answered)
          await settle(answered.contextValue)
        },
      }),
  }
}
