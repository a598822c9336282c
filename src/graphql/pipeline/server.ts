import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { GraphContext } from '../context'
import { createFormatErrors, type ErrorReport, type FormatErrors, formatError } from '../errors'
import { readProperty } from '../response-size'
import type { Admission } from './admission'
import { createApolloPlugin } from './apollo-plugin'
import { createDocumentCache } from './document-cache'
import { MAX_ERRORS, PARSE_OPTIONS } from './document-limits'
import { createFinish, type Finish, type FinishOptions } from './finish'
import { serializeResponse } from './response-extensions'
import type { Trust } from './trusted-documents.rule'
import { validationRules } from './validation-rules'

export interface GraphServerOptions extends Omit<FinishOptions, 'formatErrors'> {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  /** False if `_service` is refused, like introspection. */
  readonly servesSdl: boolean
  readonly production: boolean
  readonly admission: Admission
  /** Null where any document may run. */
  readonly trust: Trust | null
  readonly errorReport: ErrorReport
}

/** Runs operations of both transports, with the parts of the pipeline that events of subscriptions need too. */
export interface GraphServer {
  readonly apollo: ApolloServer<GraphContext>
  readonly finish: Finish
  readonly formatErrors: FormatErrors
}

/** What Apollo would add by itself: cache headers from static hints, traces for anybody who asks, a page from a CDN, reports. */
const createOff = () => [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
]

export function createGraphServer(options: GraphServerOptions): GraphServer {
  const { schema, introspection, servesSdl, production, trust, admission, errorReport } = options
  const formatErrors = createFormatErrors(errorReport)
  const finish = createFinish({ ...options, formatErrors })
  const apollo = new ApolloServer<GraphContext>({
    schema,
    fieldResolver: readProperty,
    introspection,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    documentStore: createDocumentCache(),
    parseOptions: PARSE_OPTIONS,
    validationRules: validationRules(trust, servesSdl),
    validationOptions: { maxErrors: MAX_ERRORS, hideSuggestions: production },
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => formatError(formatted, error, errorReport),
    stringifyResult: serializeResponse,
    plugins: [
      ...createOff(),
      createApolloPlugin({ admission, finish, formatErrors, hideSuggestions: production }),
    ],
  })
  return { apollo, finish, formatErrors }
}
