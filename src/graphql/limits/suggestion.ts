import type { GraphQLFormattedError } from 'graphql'

/** Behind whatever is wrong with a name; Apollo hides it in validation only, and not in variables. */
const SUGGESTION = / Did you mean [^?]*\?$/

/** The error without the names that the schema has. */
export function withoutSuggestion(error: GraphQLFormattedError): GraphQLFormattedError {
  return { ...error, message: error.message.replace(SUGGESTION, '') }
}
