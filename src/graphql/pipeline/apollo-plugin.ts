import {
  type ApolloServerPlugin,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestListener,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server'
import { type GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql'
import type { GraphContext } from '../context'
import { cut, MAX_QUOTED_CHARACTERS } from '../cut'
import { type FormatErrors, isCoercionError } from '../errors'
import { refusal } from '../refusal'
import { readProperty } from '../response-size'
import type { Admission } from './admission'
import { coerceVariables, isWrong } from './coerce-variables'
import type { Finish } from './finish'
import { createOperationCost, type OperationCost } from './operation-cost'

export interface PluginOptions {
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
export function createApolloPlugin(options: PluginOptions): ApolloServerPlugin<GraphContext> {
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
