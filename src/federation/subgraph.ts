import { buildSubgraphSchema } from '@apollo/subgraph'
import {
  isAbstractType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  printSchema,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import type { GraphContext } from '../graphql/context'
import { buildTaskSchema } from '../graphql/schema'
import { checkRouter, resolveReferences } from './references'
import { printSubgraph, printWithDirectives } from './subgraph-sdl'

type ResolverMap = Exclude<
  Parameters<typeof buildSubgraphSchema>[0],
  unknown[] | { kind: unknown }
>['resolvers'] &
  object

interface FieldResolvers {
  readonly resolve: GraphQLFieldResolver<unknown, unknown>
  readonly subscribe?: GraphQLFieldResolver<unknown, unknown>
}

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
  if (fields['_service'])
    fields['_service'].resolve = (_root: unknown, _args: unknown, context: GraphContext) => {
      checkRouter(context)
      return { sdl: subgraphSdl }
    }
  if (fields['_entities'])
    fields['_entities'].resolve = (
      _root: unknown,
      args: { representations: readonly unknown[] },
      context: GraphContext,
    ) => {
      checkRouter(context)
      return resolveReferences(args.representations, context)
    }
  return { schema, plainSdl: `${printSchema(declared)}\n`, subgraphSdl }
}

/** What the declared schema resolves by itself; all else is read from our objects, the type included. */
function resolversOf(schema: GraphQLSchema): ResolverMap {
  const resolvers: ResolverMap = {}
  const roots = new Set([schema.getQueryType(), schema.getSubscriptionType()])
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && !isSpecifiedScalarType(type)) resolvers[type.name] = type
    // An asynchronous one, which type-graphql brings, would cost a promise for every task.
    if (isAbstractType(type)) resolvers[type.name] = { __resolveType: typenameOf }
    if (isObjectType(type) && !isIntrospectionType(type))
      resolvers[type.name] = fieldResolversOf(type, roots.has(type))
  }
  return resolvers
}

/** A field without arguments is a getter, which graphql-js reads by itself; type-graphql would wrap each in a dozen calls. */
function fieldResolversOf(type: GraphQLObjectType, isRoot: boolean): Record<string, FieldResolvers> {
  const fields = Object.values(type.getFields())
  return Object.fromEntries(
    fields.flatMap(({ name, args, resolve, subscribe }) =>
      resolve === undefined || (args.length === 0 && !isRoot)
        ? []
        : [[name, { resolve, ...(subscribe && { subscribe }) }]],
    ),
  )
}

function typenameOf({ __typename }: { readonly __typename: string }): string {
  return __typename
}
