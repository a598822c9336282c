import {
  GraphQLError,
  type ASTVisitor,
  type GraphQLFormattedError,
  type ValidationContext,
  type ValidationRule,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  print,
} from 'graphql'
import { documentSize, operationShape, MAX_ERRORS } from './document-limits'
import { refusal } from '../refusal'

/**
 * The rules for every document beyond those of GraphQL itself.
 * @param servesSdl false if nobody may ask for the schema, by `_service` neither
 */
export function validationRules(trust: Trust | null, servesSdl: boolean): ValidationRule[] {
  return [
    ...(trust === null ? [] : [onlyTrusted(trust)]),
    ...(servesSdl ? [] : [noSdl]),
    plainSubscription,
    knownOperation,
    documentSize,
    operationShape,
  ]
}

/** If one error says all, that one alone: the others would describe the schema, or repeat it. */
export function withoutRepetition<E extends Pick<GraphQLFormattedError, 'message' | 'extensions'>>(
  errors: readonly E[],
): readonly E[] {
  const single =
    errors.find(({ extensions }) => extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED') ??
    errors.find(({ message }) => message === CONDITIONAL_ROOT)
  return single === undefined ? errors : [single]
}

/** `_service` tells as much as introspection. */
function noSdl(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '_service' || context.getParentType() !== context.getSchema().getQueryType())
        return
      context.reportError(
        new GraphQLError(
          '_service is not allowed, as introspection is not: only a router with its secret may ask for the schema then',
          { nodes: node },
        ),
      )
    },
  }
}

/** Without this rule, an operation of a kind that the schema lacks is valid and fails in execution, as if by our fault. */
function knownOperation(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return
      context.reportError(new GraphQLError(`This API has no ${node.operation} operations`, { nodes: node }))
    },
  }
}

/** The message of the only error in the response. */
const CONDITIONAL_ROOT = '@skip and @include may not stand at the root of a subscription'

/**
 * The specification's newer rule. graphql-js' own rule for subscriptions works such conditions out, without variables,
 * and throws where it cannot, which would be an error of ours; so this one comes first, and ends the validation.
 */
function plainSubscription(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const condition = conditionIn(document)
      if (condition === undefined) return
      const error = new GraphQLError(CONDITIONAL_ROOT, { nodes: condition })
      // graphql-js stops at more errors than it reports.
      for (let count = 0; count <= MAX_ERRORS; count++) context.reportError(error)
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

/** Which documents may run. */
export interface Trust {
  holds(document: DocumentNode): boolean
  /** Counts a document that may not run. */
  refused(): void
}

/** Trusts these, however they are laid out; comments play no part. */
export function createTrust(documents: readonly DocumentNode[], refused: () => void): Trust {
  const texts = new Set(documents.map(print))
  return { holds: (document) => texts.has(print(document)), refused }
}

/** Refuses all but trusted documents. */
function onlyTrusted(trust: Trust): ValidationRule {
  return (context) => ({
    Document(node) {
      if (trust.holds(node)) return
      trust.refused()
      context.reportError(untrusted())
    },
  })
}

function untrusted(): GraphQLError {
  return refusal(
    'DOCUMENT_NOT_TRUSTED',
    'This gateway runs only the documents that it was given, and this is none',
  )
}
