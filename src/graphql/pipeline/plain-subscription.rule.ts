import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/**
 * The specification's newer rule. graphql-js' own rule for subscriptions works such conditions out, without variables,
 * and throws where it cannot, which would be an error of ours; so this one comes first.
 */
export function plainSubscription(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const condition = conditionIn(document)
      if (condition === undefined) return
      context.reportError(
        new GraphQLError('@skip and @include may not stand at the root of a subscription', {
          nodes: condition,
        }),
      )
    },
  }
}

/** The first selection with a condition. */
function conditionIn({ definitions }: DocumentNode): SelectionNode | undefined {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (definition.operation !== OperationTypeNode.SUBSCRIPTION) continue
    const found = rootsOf(definition.selectionSet, byName).find(isConditional)
    if (found !== undefined) return found
  }
  return undefined
}

/** The selections of the root, those of its fragments included; of each fragment once. */
function rootsOf(
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly SelectionNode[] {
  const found: SelectionNode[] = []
  const sets = new Set([root])
  // A set grows while one goes through it.
  for (const { selections } of sets)
    for (const selection of selections) {
      found.push(selection)
      const within = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (within !== undefined && within.kind !== Kind.FIELD) sets.add(within.selectionSet)
    }
  return found
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name }) => name.value === 'skip' || name.value === 'include')
}
