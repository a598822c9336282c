import { buildSubgraphSchema } from '@apollo/subgraph'
import { printSchema, type GraphQLSchema } from 'graphql'
import { createResolversMap } from 'type-graphql'
import type { GraphContext } from '../graphql/context'
import { buildTaskSchema } from '../graphql/schema'
import { resolveReferences } from './references'
import { printSubgraph, printWithDirectives } from './subgraph-sdl'

/** The schema in its three forms. */
export interface Subgraph {
  /** What is served. */
  readonly schema: GraphQLSchema
  /** `schema/schema.graphql`: without federation. */
  readonly plainSdl: string
  /** `schema/subgraph.graphql`, and what `_service { sdl }` answers. */
  readonly subgraphSdl: string
}

/** Makes a Federation 2 subgraph of the schema that the classes declare. */
export function buildSubgraph(): Subgraph {
  const declared = buildTaskSchema()
  const typeDefs = printWithDirectives(declared)
  const subgraphSdl = printSubgraph(typeDefs)
  const schema = buildSubgraphSchema({ typeDefs, resolvers: resolversOf(declared) })
  const fields = schema.getQueryType()?.getFields() ?? {}
  if (fields['_service']) fields['_service'].resolve = () => ({ sdl: subgraphSdl })
  if (fields['_entities'])
    fields['_entities'].resolve = (
      _root: unknown,
      args: { representations: readonly unknown[] },
      context: GraphContext,
    ) => resolveReferences(args.representations, context)
  return { schema, plainSdl: `${printSchema(declared)}\n`, subgraphSdl }
}

/** Without the type resolvers, which are always asynchronous there: our objects carry `__typename`. */
function resolversOf(schema: GraphQLSchema) {
  const entries = Object.entries(createResolversMap(schema)).map(([type, resolvers]) => {
    if (!('__resolveType' in resolvers)) return [type, resolvers] as const
    return [type, { __resolveType: ({ __typename }: { __typename: string }) => __typename }] as const
  })
  return Object.fromEntries(entries)
}
