/** What one document may hold. People and tools stay far below; GraphiQL's own introspection is within them. */
export const LIMITS = {
  /** Levels of fields, those of introspection not counted: graphql-js has a rule of its own for these. */
  depth: 15,
  rootFields: 30,
  aliases: 100,
  directives: 50,
  fragments: 50,
  spreads: 200,
  /** Of one operation with its fragments put in their places, those of an interface once for each of its types. */
  fields: 5000,
  /** The same for those of introspection, most of which are lists in lists. */
  introspectionFields: 500,
} as const

/** How many errors of validation are told, the one included that says that there are more. */
export const MAX_VALIDATION_ERRORS = 5
