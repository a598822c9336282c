import { HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server'
import type { GraphQLError } from 'graphql'
import { cacheControl, type CacheControlOptions } from './cache-control'
import type { GraphContext } from './context'
import { jsonStatus } from './json-status'
import type { Admission } from './limits/admission'
import { coerceVariables, isWrong } from './limits/variables'
import { measure, type ReportRequest } from './measure'
import { noteRepeatable } from './note-repeatable'
import { onlyByWebSocket } from './only-by-websocket'
import { tellAlone } from './tell-alone'
import { tellCosts } from './tell-costs'

export interface RequestListenerOptions extends CacheControlOptions {
  readonly admission: Admission
  /** Hides from errors what the schema has of similar names. */
  readonly production: boolean
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
    requestDidStart: () => {
      let wrongVariables: readonly GraphQLError[] | null = null
      return Promise.resolve({
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          if (!operation) return
          onlyByWebSocket(operation)
          const asked = { schema, document, operation, variables: request.variables ?? {} }
          const variables = coerceVariables(asked, options.production)
          if (isWrong(variables)) wrongVariables = variables
          else await admit(asked, variables, contextValue)
        },
        responseForOperation: () => Promise.resolve(wrongVariables && badRequest(wrongVariables)),
        async willSendResponse(answered) {
          for (const step of steps) step(answered)
          await settle(answered.contextValue)
        },
      })
    },
  }
}

function badRequest(errors: readonly GraphQLError[]): GraphQLResponse {
  const singleResult = { errors: errors.map((error) => error.toJSON()) }
  return { http: { status: 400, headers: new HeaderMap() }, body: { kind: 'single', singleResult } }
}
