import {
  extendSchema,
  isAbstractType,
  isIntrospectionType,
  isObjectType,
  parse,
  printSchema,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import type { GraphContext } from '../graphql/context'
import { typenameOf } from '../graphql/response-size'
import { buildTaskSchema } from '../graphql/build-schema'
import { TASK_VIEWS, type TaskView } from '../graphql/schema/task-view'
import { checkRouter, resolveReferences } from './references'
import { printSubgraph, printWithDirectives } from './subgraph-sdl'

type Resolver<Args> = GraphQLFieldResolver<unknown, GraphContext, Args>

interface Resolvable {
  resolve?: GraphQLFieldResolver<unknown, unknown> | undefined
}

/** The schema in its three forms; a text is printed when it is read. */
export interface Subgraph {
  /** What is served. */
  readonly schema: GraphQLSchema
  /** `schema/schema.graphql`: without federation. */
  readonly plainSdl: string
  /** `schema/subgraph.graphql`, and what `_service { sdl }` answers. */
  readonly subgraphSdl: string
}

/** Makes a Federation 2 subgraph of the schema that the classes declare. */
export function buildSubgraph(views: readonly TaskView[] = TASK_VIEWS): Subgraph {
  const declared = extended(buildTaskSchema(), views)
  let printed: string | null = null
  const subgraphSdl = (): string => (printed ??= printSubgraph(printWithDirectives(declared)))
  const schema = extendSchema(declared, parse(definitions(declared)), { assumeValidSDL: true })
  resolveSimply(schema)
  resolveForRouters(schema, subgraphSdl)
  return {
    schema,
    get plainSdl() {
      return `${printSchema(declared)}\n`
    },
    get subgraphSdl() {
      return subgraphSdl()
    },
  }
}

/** The schema with what products declare as SDL. */
function extended(schema: GraphQLSchema, views: readonly TaskView[]): GraphQLSchema {
  const typeDefs = views.flatMap((view) => view.typeDefs ?? [])
  if (typeDefs.length === 0) return schema
  return extendSchema(schema, parse(typeDefs.join('\n')), { assumeValidSDL: true })
}

/** What the subgraph specification adds to a schema. */
function definitions(schema: GraphQLSchema): string {
  const entities = Object.values(schema.getTypeMap()).filter(isObjectType).filter(isEntity)
  return `
    scalar _Any
    union _Entity = ${entities.map(({ name }) => name).join(' | ')}
    type _Service { sdl: String }
    extend type Query {
      _entities(representations: [_Any!]!): [_Entity]!
      _service: _Service!
    }`
}

function isEntity({ astNode }: GraphQLObjectType): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'key') ?? false
}

/** Has all that needs no resolver read from our objects, the type included; type-graphql would wrap each in a dozen calls. */
function resolveSimply(schema: GraphQLSchema): void {
  const roots = new Set([schema.getQueryType(), schema.getSubscriptionType()])
  for (const type of Object.values(schema.getTypeMap())) {
    // An asynchronous one, which type-graphql brings, would cost a promise for every task.
    if (isAbstractType(type)) type.resolveType = typenameOf
    if (!isObjectType(type) || isIntrospectionType(type)) continue
    type.isTypeOf = undefined
    // A field without arguments is a getter, which graphql-js reads by itself.
    for (const field of Object.values(type.getFields()))
      if (field.args.length === 0 && !roots.has(type)) readByItself(field)
  }
}

function readByItself(field: Resolvable): void {
  field.resolve = undefined
}

function resolveForRouters(schema: GraphQLSchema, sdl: () => string): void {
  const service: Resolver<unknown> = (_root, _args, context) => {
    checkRouter(context)
    return { sdl: sdl() }
  }
  const entities: Resolver<{ representations: readonly unknown[] }> = (_root, args, context) => {
    checkRouter(context)
    return resolveReferences(args.representations, context)
  }
  const fields = schema.getQueryType()?.getFields()
  if (fields?.['_service']) fields['_service'].resolve = service
  if (fields?.['_entities']) fields['_entities'].resolve = entities
}
