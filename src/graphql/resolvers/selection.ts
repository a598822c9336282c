import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type SelectionNode,
} from 'graphql'

/** True where the field's own selection holds the path of field names, whatever their aliases and fragments. */
export function selects(info: GraphQLResolveInfo, ...path: readonly string[]): boolean {
  let fields: readonly FieldNode[] = info.fieldNodes
  for (const name of path) {
    fields = fields
      .flatMap((field) => fieldsOf(field.selectionSet?.selections ?? [], info))
      .filter((field) => field.name.value === name)
  }
  return fields.length > 0
}

/** The types of our connections have no subtypes, so that a fragment's type condition always holds. */
function fieldsOf(selections: readonly SelectionNode[], info: GraphQLResolveInfo): readonly FieldNode[] {
  return selections
    .filter((node) => isIncluded(node, info))
    .flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node]
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? info.fragments[node.name.value] : node
      return fragment === undefined ? [] : fieldsOf(fragment.selectionSet.selections, info)
    })
}

function isIncluded(node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues)
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues)
  return skip?.['if'] !== true && include?.['if'] !== false
}
