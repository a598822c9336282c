import { HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server'
import type { GraphQLError } from 'graphql'
import { cacheControl, type CacheControlOptions } from './cache-hints'
import type { GraphContext } from '../context'
import { jsonStatus } from './http-status'
import type { Admission } from './admission'
import { coerceVariables, isWrong } from './coerce-variables'
import { measure, type ReportRequest } from './operation-report'
import { noteRepeatable } from './cacheability'
import { onlyByWebSocket } from './only-by-websocket'
import { tellAlone } from './single-error'
import { tellCosts } from './cost-extension'

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
