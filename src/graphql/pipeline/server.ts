import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { GraphContext } from '../context'
import { documentRules, PARSE_OPTIONS } from './validation-rules'
import { createDocumentStore } from './document-cache'
import { formatError, type ReportUnexpected } from '../errors'
import { createRequestListener, type RequestListenerOptions } from './apollo-plugin'
import type { Trust } from './trusted-documents.rule'
import { VALIDATION_OPTIONS } from './limit-rules'

export interface GraphServerOptions extends RequestListenerOptions {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  readonly production: boolean
  /** Null where any document may run. */
  readonly trust: Trust | null
  readonly reportUnexpected: ReportUnexpected
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
    persistedQueries: false,
    documentStore: createDocumentStore(),
    parseOptions: PARSE_OPTIONS,
    validationRules: [...documentRules(options.trust)],
    // Apollo's own way to hide suggestions is a pattern that takes seconds over a long text.
    validationOptions: { ...VALIDATION_OPTIONS, hideSuggestions: production },
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => formatError(formatted, error, reportUnexpected),
    plugins: [...createOff(), createRequestListener(options)],
  })
}
