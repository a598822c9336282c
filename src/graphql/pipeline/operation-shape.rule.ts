import {
  Kind,
  type ASTVisitor,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import { LimitExceeded, type Limit } from '../refusal'
import { LIMITS } from './document-limits'

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
