import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import type { Dice } from './dice'

/** Texts that mean something somewhere, and some that must not. */
const TEXTS = [
  ...[
    '',
    'x',
    'cdb-6kd9h71i',
    'postgres-q6fj84vb',
    'ap-guangzhou',
    'default',
    '70',
    '120321',
    '18446744073709551616',
  ],
  ...['2018-07-06T14:01:42Z', '2024-02-30T00:00:00Z', '9999-12-31T23:59:59.999Z', '0000-00-00', '__proto__'],
  ...['../../etc/passwd', "' OR 1=1 --", '\u0000\u001b[31m', '\r\nx: y', '𝒳', 'a'.repeat(500)],
]
const NUMBERS = [
  '0',
  '1',
  '2',
  '20',
  '95',
  '96',
  '100',
  '101',
  '-1',
  '2147483647',
  '2147483648',
  '1e400',
  '0.5',
]
const MAX_DEPTH = 8

/** A valid operation of the schema, whose values need not be. */
export function drawOperation(schema: GraphQLSchema, dice: Dice): string {
  const isQuery = dice.chance(0.95)
  const root = isQuery ? schema.getQueryType() : schema.getSubscriptionType()
  if (!root) throw new Error('the schema has no such root')
  return `${isQuery ? 'query' : 'subscription'} Drawn ${selection(root, 0)}`

  function selection(type: GraphQLNamedType, depth: number): string {
    const lines = ['__typename']
    if ('getFields' in type && !isInputObjectType(type)) {
      const fields: readonly GraphQLField<unknown, unknown>[] = Object.values(type.getFields())
      for (let left = 1 + dice.below(4); left > 0; left--)
        lines.push(fieldOf(dice.pick(fields), depth, lines.length))
    }
    if (isAbstractType(type))
      for (const possible of schema.getPossibleTypes(type))
        if (dice.chance(0.4)) lines.push(`... on ${possible.name} ${selection(possible, depth + 1)}`)
    return `{ ${lines.join(' ')} }`
  }

  function fieldOf(field: GraphQLField<unknown, unknown>, depth: number, at: number): string {
    const type = getNamedType(field.type)
    if (!isLeafType(type) && depth >= MAX_DEPTH) return '__typename'
    const values = field.args.filter((arg) => isNonNullType(arg.type) || dice.chance(0.3)).map(argumentOf)
    const call = values.length === 0 ? '' : `(${values.join(', ')})`
    const directive = dice.chance(0.1) ? ` @include(if: ${String(dice.chance(0.5))})` : ''
    const inside = isLeafType(type) ? '' : ` ${selection(type, depth + 1)}`
    return `f${depth}_${at}: ${field.name}${call}${directive}${inside}`
  }

  function argumentOf({ name, type }: GraphQLArgument): string {
    return `${name}: ${value(type)}`
  }

  function value(type: GraphQLInputType): string {
    if (!isNonNullType(type) && dice.chance(0.05)) return 'null'
    const nullable = getNullableType(type)
    if (isListType(nullable))
      return `[${Array.from({ length: dice.below(4) }, () => value(nullable.ofType)).join(', ')}]`
    if (isEnumType(nullable)) return dice.pick(nullable.getValues()).name
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (one) => isNonNullType(one.type) || dice.chance(0.4),
      )
      return `{ ${fields.map((one) => `${one.name}: ${value(one.type)}`).join(', ')} }`
    }
    const name = getNamedType(nullable).name
    if (name === 'Int') return dice.pick(NUMBERS)
    if (name === '_Any') return `{ __typename: ${text(dice.pick(entities))}, id: ${text(dice.pick(TEXTS))} }`
    return name === 'Boolean' ? String(dice.chance(0.5)) : text(dice.pick(TEXTS))
  }
}

const entities = ['Task', 'CdbTask', 'PostgresTask', 'DatabaseInstance', 'TaskSource', '']

function text(plain: string): string {
  return JSON.stringify(plain)
}
