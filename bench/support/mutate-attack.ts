import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Dice } from '../../test/support/fuzz/dice'
import { mutateText } from '../../test/support/fuzz/mutate'
import { bodyOf, type Attack } from './attack'
import { deep, fill, ODD_TEXTS } from './attack-shapes'

export const MAX_BODY_BYTES = 64 * 1024
const COUNTS = [1, 2, 3, 5, 10, 29, 70, 99]
const NUMBERS = ['1', '2', '20', '94', '95', '96', '99', '100', '1000', '2147483647']
const LENGTHS = [10, 100, 1000, 5000, 30_000]
const MAX_TRIES = 10

/** A changed copy of the attack that is short enough; `other` may give a part of it. */
export function mutateAttack(attack: Attack, other: Attack, schema: GraphQLSchema, dice: Dice): Attack {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    let mutated = attack
    for (let left = 1 + dice.below(3); left > 0; left--) mutated = mutateOnce(mutated, other, schema, dice)
    if (isSendable(mutated)) return mutated
  }
  return attack
}

/** JSON cannot write what is nested too deep. */
function isSendable(attack: Attack): boolean {
  try {
    return Buffer.byteLength(bodyOf(attack)) <= MAX_BODY_BYTES
  } catch {
    return false
  }
}

function mutateOnce(attack: Attack, other: Attack, schema: GraphQLSchema, dice: Dice): Attack {
  if (dice.chance(0.1)) return { ...attack, transport: attack.transport === 'http' ? 'websocket' : 'http' }
  if (dice.chance(0.3)) return { ...attack, variables: mutateVariables(attack, other, dice) }
  const document = parsed(attack.query)
  if (document === null || dice.chance(0.1)) return { ...attack, query: mutateText(attack.query, dice) }
  const query = print(mutateDocument(document, other, schema, dice))
  return { ...attack, query, variables: { ...other.variables, ...attack.variables } }
}

function parsed(query: string): DocumentNode | null {
  try {
    return parse(query, { maxTokens: 20_000, noLocation: true })
  } catch {
    return null
  }
}

function mutateDocument(
  document: DocumentNode,
  other: Attack,
  schema: GraphQLSchema,
  dice: Dice,
): DocumentNode {
  switch (dice.below(9)) {
    case 0:
      return changeOne(document, Kind.SELECTION_SET, dice, (set) => repeatSelection(set, true, dice))
    case 1:
      return changeOne(document, Kind.SELECTION_SET, dice, (set) => repeatSelection(set, false, dice))
    case 2:
      return changeOne(document, Kind.SELECTION_SET, dice, (set) => removeSelection(set, dice))
    case 3:
      return changeOne(document, Kind.INT, dice, (node) => ({ ...node, value: dice.pick(NUMBERS) }))
    case 4:
      return splice(document, other, schema, dice)
    case 5:
      return changeOne(document, Kind.FIELD, dice, (field) => withDirectives(field, dice))
    case 6:
      return toFragment(document, schema, dice)
    case 7:
      return changeOne(document, Kind.STRING, dice, (node) => ({ ...node, value: oddText(dice) }))
    default:
      return changeOne(document, Kind.SELECTION_SET, dice, (set) => wrap(set, dice))
  }
}

/** The document with one of its nodes of that kind changed. */
function changeOne<K extends Kind>(
  document: DocumentNode,
  kind: K,
  dice: Dice,
  change: (node: Extract<ASTNode, { kind: K }>) => ASTNode,
): DocumentNode {
  const isOfKind = (node: ASTNode): node is Extract<ASTNode, { kind: K }> => node.kind === kind
  let count = 0
  visit(document, { enter: (node) => void (count += isOfKind(node) ? 1 : 0) })
  const chosen = dice.below(count)
  let at = 0
  return visit(document, {
    leave: (node) => (isOfKind(node) && at++ === chosen ? change(node) : undefined),
  })
}

function repeatSelection(set: SelectionSetNode, isAliased: boolean, dice: Dice): SelectionSetNode {
  const chosen = dice.pick(set.selections)
  const copies = fill(dice.pick(COUNTS), (at): SelectionNode =>
    isAliased && chosen.kind === Kind.FIELD
      ? { ...chosen, alias: { kind: Kind.NAME, value: `m${dice.below(1000)}_${at}` } }
      : chosen,
  )
  return { ...set, selections: [...set.selections, ...copies] }
}

function removeSelection(set: SelectionSetNode, dice: Dice): SelectionSetNode {
  const { selections } = set
  const from = dice.below(selections.length)
  const left = selections.filter((_, at) => at < from || at > from + dice.below(selections.length))
  return left.length === 0 ? set : { ...set, selections: left }
}

function withDirectives(field: FieldNode, dice: Dice): FieldNode {
  const source = dice.pick(['@include(if: true)', '@skip(if: false)', '@include(if: false)', '@x'])
  const [node] = parse(`{ a ${source.repeat(dice.pick(COUNTS))} }`, { noLocation: true }).definitions
  const directives =
    node?.kind === Kind.OPERATION_DEFINITION ? node.selectionSet.selections[0]?.directives : []
  return { ...field, directives: [...(field.directives ?? []), ...(directives ?? [])] }
}

/** Puts a selection of the other document where its type fits. */
function splice(document: DocumentNode, other: Attack, schema: GraphQLSchema, dice: Dice): DocumentNode {
  const given = parsed(other.query)
  const places = selectionsOf(document, schema)
  const fitting = (given === null ? [] : selectionsOf(given, schema)).filter(({ type }) =>
    places.some((place) => place.type === type),
  )
  if (fitting.length === 0) return document
  const { type, set } = dice.pick(fitting)
  const target = dice.pick(places.filter((place) => place.type === type)).set
  return replaceSelection(document, target, {
    ...target,
    selections: [...target.selections, ...set.selections],
  })
}

function replaceSelection(document: DocumentNode, old: SelectionSetNode, by: SelectionSetNode): DocumentNode {
  return visit(document, {
    SelectionSet: { leave: (node) => (node === old ? by : undefined) },
  })
}

function selectionsOf(
  document: DocumentNode,
  schema: GraphQLSchema,
): readonly { type: string; set: SelectionSetNode }[] {
  const found: { type: string; set: SelectionSetNode }[] = []
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet(set) {
        const type = types.getParentType()?.name
        if (type !== undefined) found.push({ type, set })
      },
    }),
  )
  return found
}

/** Moves a selection into a fragment that is spread several times. */
function toFragment(document: DocumentNode, schema: GraphQLSchema, dice: Dice): DocumentNode {
  const found = selectionsOf(document, schema)
  if (found.length === 0) return document
  const { type, set } = dice.pick(found)
  const name = `M${dice.below(100_000)}`
  const spread = parse(`{ ${`...${name} `.repeat(dice.pick(COUNTS))} }`, { noLocation: true }).definitions[0]
  if (spread?.kind !== Kind.OPERATION_DEFINITION) return document
  const changed = replaceSelection(document, set, spread.selectionSet)
  const fragment = parse(`fragment ${name} on ${type} ${print(set)}`, { noLocation: true })
  return { ...changed, definitions: [...changed.definitions, ...fragment.definitions] }
}

function wrap(set: SelectionSetNode, dice: Dice): SelectionSetNode {
  let wrapped = set
  for (let left = dice.pick(COUNTS); left > 0; left--)
    wrapped = {
      kind: Kind.SELECTION_SET,
      selections: [{ kind: Kind.INLINE_FRAGMENT, selectionSet: wrapped }],
    }
  return wrapped
}

function mutateVariables({ variables }: Attack, other: Attack, dice: Dice): Attack['variables'] {
  const names = Object.keys(variables)
  if (names.length === 0) return dice.chance(0.5) ? other.variables : { v: oddText(dice) }
  const name = dice.pick(names)
  return { ...variables, [name]: mutateValue(variables[name], dice) }
}

function mutateValue(value: unknown, dice: Dice): unknown {
  if (dice.chance(0.1)) return deep(value, dice.pick([1, 5, 50, 500, 3000]))
  if (dice.chance(0.1)) return oddText(dice)
  if (dice.chance(0.1))
    return fill(dice.pick([1, 10, 100, 199, 1000, 5000]), (at) => (at === 0 ? value : `x${at}`))
  if (typeof value === 'string') return dice.chance(0.5) ? value + value : oddText(dice)
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value
    if (list.length === 0 || dice.chance(0.4)) return [...list, ...list]
    if (dice.chance(0.3)) return list.slice(0, 1 + dice.below(list.length))
    const chosen = dice.below(list.length)
    const changed = mutateValue(list[chosen], dice)
    return list.map((one, at) => (at === chosen ? changed : one))
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0 || dice.chance(0.2))
      return { ...value, ...Object.fromEntries(fill(dice.pick(COUNTS), (at) => [`k${at}`, oddText(dice)])) }
    const [key, old] = dice.pick(entries) as [string, unknown]
    return { ...value, [key]: mutateValue(old, dice) }
  }
  return dice.pick([0, 1, 95, 100, -1, 1e308, true, null, '', {}, []])
}

function oddText(dice: Dice): string {
  const unit = dice.pick(ODD_TEXTS)
  return unit.repeat(Math.ceil(dice.pick(LENGTHS) / unit.length))
}
