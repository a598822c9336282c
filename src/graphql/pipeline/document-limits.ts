/** What one document may hold. People and tools stay far below; GraphiQL's own introspection fits. */
export const LIMITS = {
  /** Levels of fields, those of introspection not counted: graphql-js has a rule of its own for these. */
  depth: 15,
  rootFields: 30,
  aliases: 100,
  /** Repeated in every object of the response. */
  aliasCharacters: 64,
  directives: 50,
  fragments: 50,
  spreads: 200,
  /** Fields of a selection under a name that it has already: all pairs of them are compared. */
  repetitions: 150,
  /** Of one operation with its fragments expanded, those of an interface once for each of its types. */
  fields: 5000,
  /** The same for fields of introspection, most of which are lists in lists. */
  introspectionFields: 500,
} as const

/** Many times the longest document that GraphiQL sends. Nested as deep as these allow, it still fits on the stack. */
export const PARSE_OPTIONS = { maxLexicalTokens: 3200 }

/** Errors of validation or of variables in one response. graphql-js then adds one that says that there are more. */
export const MAX_ERRORS = 4
