import {
  type ASTVisitor,
  type NameNode,
  type ValidationContext,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { LimitExceeded, type Limit } from '../refusal'

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

type Counted = 'aliases' | 'directives' | 'fragments' | 'spreads' | 'repetitions'

/** Refuses a document with more of these than anybody needs, or with a longer alias. */
export function documentSize(context: ValidationContext): ASTVisitor {
  const counts: Record<Counted, number> = {
    aliases: 0,
    directives: 0,
    fragments: 0,
    spreads: 0,
    repetitions: 0,
  }
  let longAlias: NameNode | null = null
  return {
    OperationDefinition({ selectionSet }) {
      counts.repetitions += repetitionsIn(selectionSet)
    },
    Field({ alias, selectionSet }) {
      if (selectionSet !== undefined) counts.repetitions += repetitionsIn(selectionSet)
      if (alias === undefined) return
      counts.aliases++
      if (alias.value.length > LIMITS.aliasCharacters) longAlias ??= alias
    },
    Directive() {
      counts.directives++
    },
    FragmentDefinition({ selectionSet }) {
      counts.repetitions += repetitionsIn(selectionSet)
      counts.fragments++
    },
    FragmentSpread() {
      counts.spreads++
    },
    Document: {
      leave() {
        if (longAlias !== null)
          context.reportError(
            new LimitExceeded(
              'alias_characters',
              `An alias has ${longAlias.value.length} characters; at most ${LIMITS.aliasCharacters} are allowed`,
              { nodes: longAlias },
            ),
          )
        for (const [what, count] of Object.entries(counts) as [Counted, number][])
          if (count > LIMITS[what])
            context.reportError(
              new LimitExceeded(
                what,
                `The document has ${count} ${what}; at most ${LIMITS[what]} are allowed`,
              ),
            )
      },
    },
  }
}

/** Inline fragments put in their places; named ones are counted where they are defined. */
function repetitionsIn(selectionSet: SelectionSetNode): number {
  const names: string[] = []
  collect(selectionSet)
  return names.length - new Set(names).size

  function collect({ selections }: SelectionSetNode): void {
    for (const node of selections)
      if (node.kind === Kind.FIELD) names.push((node.alias ?? node.name).value)
      else if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet)
  }
}

/** A selection, its fragments put in their places. */
interface Shape {
  /** Levels of fields. */
  readonly depth: number
  /** Fields on the uppermost level. */
  readonly width: number
}

const NOTHING: Shape = { depth: 0, width: 0 }

/** Refuses an operation that is nested too deep, or asks for too much at its root. */
export function operationShape(context: ValidationContext): ASTVisitor {
  const measure = createMeasure(context)
  return {
    OperationDefinition(node) {
      const { depth, width } = measure(node.selectionSet)
      const refuse = (limit: Limit, problem: string) =>
        context.reportError(new LimitExceeded(limit, problem, { nodes: node }))
      if (depth > LIMITS.depth)
        refuse('depth', `The operation is ${depth} levels deep; at most ${LIMITS.depth} are allowed`)
      if (width > LIMITS.rootFields)
        refuse(
          'root_fields',
          `The operation has ${width} root fields; at most ${LIMITS.rootFields} are allowed`,
        )
    },
  }
}

/** Each fragment is measured once, however often it is spread. */
function createMeasure(context: ValidationContext): (selectionSet: SelectionSetNode) => Shape {
  const fragments = new Map<string, Shape>()
  return measure

  function measure({ selections }: SelectionSetNode): Shape {
    return selections
      .map(measureOne)
      .reduce(
        (sum, one) => ({ depth: Math.max(sum.depth, one.depth), width: sum.width + one.width }),
        NOTHING,
      )
  }

  function measureOne(node: SelectionNode): Shape {
    if (node.kind === Kind.FRAGMENT_SPREAD) return measureFragment(node.name.value)
    if (node.kind === Kind.INLINE_FRAGMENT) return measure(node.selectionSet)
    const isCounted = node.selectionSet !== undefined && !node.name.value.startsWith('__')
    return { depth: 1 + (isCounted ? measure(node.selectionSet).depth : 0), width: 1 }
  }

  function measureFragment(name: string): Shape {
    const known = fragments.get(name)
    if (known !== undefined) return known
    // A fragment that spreads itself is another rule's to refuse.
    fragments.set(name, NOTHING)
    const fragment = context.getFragment(name)
    const shape = fragment ? measure(fragment.selectionSet) : NOTHING
    fragments.set(name, shape)
    return shape
  }
}
