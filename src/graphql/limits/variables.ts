import {
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { cut, MAX_MESSAGE_CHARACTERS, MAX_QUOTED_CHARACTERS } from '../cut'
import { MAX_VALIDATION_ERRORS } from './limits'

/** An operation as it is going to be executed. */
export interface Operation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** As they were sent. */
  readonly variables: Variables
}

/** Values by the names of an operation's variables, as its fields get them. */
export type Variables = Readonly<Record<string, unknown>>

/** No valid value of a variable nests deeper; JSON from a request may. */
const MAX_QUOTED_DEPTH = 10
/** graphql-js adds one that says that there are more. */
const ERROR_LIMIT = MAX_VALIDATION_ERRORS - 1

/**
 * Coerces the variables of a valid operation, once and before anything else looks at them.
 * @param hideSuggestions keeps similar names of the schema out of the errors
 * @returns the values, or what is wrong with them, each error a BAD_USER_INPUT
 */
export function coerceVariables(
  { schema, operation, variables }: Operation,
  hideSuggestions: boolean,
): Variables | readonly GraphQLError[] {
  const coerce = (values: Variables, maxErrors: number) =>
    getVariableValues(schema, operation.variableDefinitions ?? [], values, { maxErrors, hideSuggestions })
  const { coerced, errors } = coerce(variables, 1)
  if (coerced !== undefined) return coerced
  // The errors repeat the values, so they are made from shorter ones.
  return (coerce(shortened(variables), ERROR_LIMIT).errors ?? errors).map(wrongVariable)
}

/** True for the errors of `coerceVariables`. */
export function isWrong(result: Variables | readonly GraphQLError[]): result is readonly GraphQLError[] {
  return Array.isArray(result)
}

function wrongVariable({ message, nodes = [] }: GraphQLError): GraphQLError {
  return new GraphQLError(cut(message, MAX_MESSAGE_CHARACTERS), {
    nodes,
    extensions: { code: 'BAD_USER_INPUT' },
  })
}

function shortened(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, shortenedValue(value, 1)]),
  )
}

function shortenedValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cut(value, MAX_QUOTED_CHARACTERS)
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_QUOTED_DEPTH) return null
  if (Array.isArray(value)) return value.map((item) => shortenedValue(item, depth + 1))
  const entries = Object.entries(value).map(([key, item]) => [
    cut(key, MAX_QUOTED_CHARACTERS),
    shortenedValue(item, depth + 1),
  ])
  return Object.fromEntries(entries)
}
