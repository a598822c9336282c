import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { VALIDATION_OPTIONS } from './limit-rules'
import { documentRules, PARSE_OPTIONS, toldOf } from './validation-rules'
import { createKeptDocuments } from './document-cache'
import type { Trust } from './trusted-documents.rule'

export interface DocumentOptions {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  /** Hides from errors what the schema has of similar names. */
  readonly production: boolean
  /** Null where any document may run. */
  readonly trust: Trust | null
}

/** A text as a valid document, or what is wrong with it. */
export type ReadDocument = (query: string) => DocumentNode | readonly GraphQLError[]

/** Parses and validates as Apollo does for HTTP. */
export function createDocuments({ schema, introspection, production, trust }: DocumentOptions): ReadDocument {
  // Equal subscriptions share one.
  const kept = createKeptDocuments()
  const rules = [
    ...specifiedRules,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ...documentRules(trust),
  ]
  return (query) => {
    const known = kept.get(query)
    if (known !== undefined) return known
    const document = parseDocument(query)
    if (document instanceof GraphQLError) return [withCode(document, 'GRAPHQL_PARSE_FAILED')]
    const errors = validate(schema, document, rules, {
      ...VALIDATION_OPTIONS,
      hideSuggestions: production,
    })
    if (errors.length > 0) return toldOf(errors).map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'))
    kept.set(query, document)
    return document
  }
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, PARSE_OPTIONS)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] ??= code
  return error
}
