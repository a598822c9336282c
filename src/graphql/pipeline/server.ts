import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestListener,
  type GraphQLResponse,
  HeaderMap,
  type ApolloServerOptions,
} from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import {
  type GraphQLSchema,
  type GraphQLError,
  type GraphQLFormattedError,
  OperationTypeNode,
  type DocumentNode,
} from 'graphql'
import type { GraphContext } from '../context'
import {
  createFormatErrors,
  type FormatErrors,
  formatError,
  type ErrorReport,
  isCoercionError,
  cut,
  MAX_QUOTED_CHARACTERS,
} from '../errors'
import { readProperty } from '../response-size'
import { type Admission, coerceVariables, isWrong } from './admission'
import { MAX_ERRORS, PARSE_OPTIONS } from './document-limits'
import { createFinish, type Finish, type FinishOptions, serializeResponse } from './finish'
import { type Trust, validationRules } from './validation-rules'
import { refusal } from '../refusal'
import { createOperationCost, type OperationCost } from './operation-cost'
import { LRUCache } from 'lru-cache'

interface GraphServerOptions extends Omit<FinishOptions, 'formatErrors'> {
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

interface PluginOptions {
  readonly admission: Admission
  readonly finish: Finish
  readonly formatErrors: FormatErrors
  /** Errors name nothing of the schema that the request did not name itself. */
  readonly hideSuggestions: boolean
}

type Selected = GraphQLRequestContextDidResolveOperation<GraphContext>

const NOT_ANSWERED = Promise.resolve(null)

/**
 * The stages of the pipeline that Apollo lacks. Apollo finds, parses and validates the document; here the operation is
 * selected, its variables are coerced, it is admitted, and its response is finished. One plugin with the same listener
 * for all requests, since Apollo awaits each listener at each stage.
 */
function createApolloPlugin(options: PluginOptions): ApolloServerPlugin<GraphContext> {
  const { finish, formatErrors } = options
  const costOf = createOperationCost()
  const listener: GraphQLRequestListener<GraphContext> = {
    didResolveOperation(context) {
      start(context, options, costOf)
      return Promise.resolve()
    },
    responseForOperation(context) {
      const { wrongVariables, subscription } = context.contextValue.state
      if (wrongVariables.length === 0 && subscription === null) return NOT_ANSWERED
      return Promise.resolve(answerOf(formatErrors(wrongVariables)))
    },
    willSendResponse(context) {
      finish.response(context)
      return Promise.resolve()
    },
  }
  const started = Promise.resolve(listener)
  return { requestDidStart: () => started }
}

/** @throws GraphQLError if the operation is refused */
function start(
  context: Selected,
  { admission, hideSuggestions }: PluginOptions,
  costOf: OperationCost,
): void {
  const { schema, document, operation, request, contextValue } = context
  const { state, transport } = contextValue
  if (!operation) throw unresolved(request.operationName)
  state.operation = operation
  const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION
  if (isSubscription && transport === 'http')
    throw refusal(
      'BAD_REQUEST',
      'Subscriptions are served over WebSocket at /graphql, by the protocol graphql-transport-ws',
      {},
      operation,
    )
  const asked = { schema, document, operation, variables: request.variables ?? {} }
  const variables = coerceVariables(asked, hideSuggestions)
  if (isWrong(variables)) {
    state.wrongVariables = variables
    return
  }
  try {
    admission.admit(costOf(asked, variables, contextValue), contextValue)
  } catch (error) {
    if (!isCoercionError(error)) throw error
    state.wrongVariables = [error]
    return
  }
  if (isSubscription)
    state.subscription = {
      schema,
      document,
      operationName: request.operationName ?? null,
      variableValues: asked.variables,
      fieldResolver: readProperty,
      contextValue,
    }
}

/** In the place of an execution. */
function answerOf(errors: readonly GraphQLFormattedError[]): GraphQLResponse {
  const hasErrors = errors.length > 0
  return {
    http: { headers: new HeaderMap(), ...(hasErrors && { status: 400 }) },
    body: { kind: 'single', singleResult: hasErrors ? { errors } : {} },
  }
}

function unresolved(name: string | null | undefined): GraphQLError {
  return refusal(
    'OPERATION_RESOLUTION_FAILURE',
    name
      ? `The document has no operation named ${JSON.stringify(cut(name, MAX_QUOTED_CHARACTERS))}`
      : 'Set operationName: the document must contain exactly one operation, or operationName must select one.',
  )
}

/** So many valid documents, of so many characters together; parsed, each character takes about ninety bytes. */
const BOUNDS = { max: 500, maxSize: 2 ** 19 }

/** Valid documents of both transports. Apollo's own cache would hold 30 MiB as it counts, and several times that in fact. */
export function createDocumentCache(): ApolloServerOptions<object>['documentStore'] & object {
  const documents = new LRUCache<string, DocumentNode>({
    ...BOUNDS,
    sizeCalculation: ({ loc }) => 1 + (loc?.source.body.length ?? 0),
  })
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => Promise.resolve(void documents.set(key, document)),
    delete: (key) => Promise.resolve(documents.delete(key)),
  }
}
