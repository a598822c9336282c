import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import type { Asking } from './cost-estimators'

/** How many objects a free field gives; `entries` of those that the arguments of the field above it decide. */
export type ListLength = 'entries' | ((asking: Asking) => number)

/** Of a list whose length only the upstream decides. */
const USUAL_LENGTH = 10

const one: ListLength = () => 1
const usual: ListLength = () => USUAL_LENGTH
const sources: ListLength = ({ core, caller }) => core.sources(caller).length

/** By the name of the field; as all types of connections have the same. */
const LENGTHS: Readonly<Record<string, ListLength>> = {
  edges: 'entries',
  nodes: 'entries',
  sources,
  taskSources: sources,
  // Nearly every task works on one.
  instances: one,
}

const introspection = new WeakMap<GraphQLSchema, Readonly<Record<string, number>>>()

/** How many objects the field of that coordinate gives, if no estimator says. */
export function listLength(schema: GraphQLSchema, coordinate: string, isList: boolean): ListLength {
  if (!isList) return one
  const [type = '', name = ''] = coordinate.split('.')
  if (!type.startsWith('__')) return (Object.hasOwn(LENGTHS, name) ? LENGTHS[name] : undefined) ?? usual
  const known = introspection.get(schema) ?? introspectionLengths(schema)
  introspection.set(schema, known)
  const length = known[coordinate] ?? USUAL_LENGTH
  return () => length
}

/** How many entries the lists of introspection have on average. */
function introspectionLengths(schema: GraphQLSchema): Readonly<Record<string, number>> {
  const types = Object.values(schema.getTypeMap())
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type))
  const fields = composite.flatMap((type) => Object.values(type.getFields()))
  const average = (of: readonly unknown[], sum: number) => (of.length === 0 ? 0 : sum / of.length)
  const sizeOf = (type: GraphQLNamedType): number =>
    isInputObjectType(type) ? Object.keys(type.getFields()).length : 0
  const enums = types.filter(isEnumType)
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  return {
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': average(types, fields.length),
    '__Type.inputFields': average(types, sum(types.map(sizeOf))),
    '__Type.enumValues': average(types, sum(enums.map((type) => type.getValues().length))),
    '__Type.interfaces': average(types, sum(composite.map((type) => type.getInterfaces().length))),
    '__Type.possibleTypes': 1,
    '__Field.args': average(fields, sum(fields.map(({ args }) => args.length))),
    '__Directive.args': 1,
  }
}
