import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { GraphContext } from './context'
import { cacheControl } from './cache-control'
import { documentRules, PARSE_OPTIONS } from './document-rules'
import { createDocumentStore } from './kept-documents'
import { formatError, type ReportUnexpected } from './errors'
import { measure, type ReportRequest } from './measure'
import { onlyByWebSocket } from './only-by-websocket'
import { jsonStatus } from './json-status'
import { noteRepeatable } from './note-repeatable'
import { admitOperations } from './limits/admit-operations'
import type { Admission } from './limits/admission'
import { withoutSuggestion } from './limits/suggestion'
import { tellAlone } from './tell-alone'
import type { Trust } from './limits/trust'
import { EXECUTION_OPTIONS, VALIDATION_OPTIONS } from './limits/rules'

export interface GraphServerOptions {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  readonly production: boolean
  readonly admission: Admission
  /** Null where any document may run. */
  readonly trust: Trust | null
  readonly reportUnexpected: ReportUnexpected
  readonly reportRequest: ReportRequest
  /** How old an answer may be that is served. */
  readonly maxAgeMs: number
  readonly now: () => number
}

/** What Apollo would add by itself: cache headers from static hints, traces for whoever asks, a page from a CDN, reports. */
const createOff = () => [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
]

/** Runs operations; knows nothing of HTTP beside what Apollo does. */
export function createGraphServer(options: GraphServerOptions): ApolloServer<GraphContext> {
  const { schema, introspection, production, reportUnexpected } = options
  return new ApolloServer<GraphContext>({
    schema,
    introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    persistedQueries: false,
    documentStore: createDocumentStore(),
    parseOptions: PARSE_OPTIONS,
    validationRules: [...documentRules(options.trust)],
    validationOptions: VALIDATION_OPTIONS,
    executionOptions: EXECUTION_OPTIONS,
    stopOnTerminationSignals: false,
    formatError(formatted, error) {
      const told = formatError(formatted, error, reportUnexpected)
      return production ? withoutSuggestion(told) : told
    },
    plugins: [
      ...createOff(),
      onlyByWebSocket(),
      admitOperations(options.admission),
      tellCosts(),
      cacheControl(options),
      noteRepeatable(options),
      tellAlone(),
      jsonStatus(),
      measure(options),
    ],
  })
}

/** Puts what the request cost the upstreams, and the failures told beside the data, into the answer. */
function tellCosts(): ApolloServerPlugin<GraphContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ response: { body }, contextValue: { scope, problems } }) {
          if (body.kind === 'single') {
            const { singleResult } = body
            singleResult.extensions = { ...singleResult.extensions, upstream: { ...scope.meter } }
            if (problems.errors.length > 0)
              singleResult.errors = [
                ...(singleResult.errors ?? []),
                ...problems.errors.map((error) => error.toJSON()),
              ]
          }
          return Promise.resolve()
        },
      }),
  }
}
