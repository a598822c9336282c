import {
  GraphQLError,
  NoFragmentCyclesRule,
  TypeInfo,
  ValidationContext,
  visit,
  type ASTVisitor,
  type GraphQLFormattedError,
  type ValidationRule,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  print,
} from 'graphql'
import { validationAbortedError } from 'graphql/validation/validationAbortedError'
import { documentSize, operationShape } from './document-limits'
import { exceeded } from '../refusal'

/**
 * The rules for every document beyond those of GraphQL itself.
 * @param servesSdl false if nobody may ask for the schema, by `_service` neither
 */
export function validationRules(trust: Trust | null, servesSdl: boolean): ValidationRule[] {
  const first = [plainSubscription, documentSize, operationShape, NoFragmentCyclesRule]
  return [
    beforeOthers(trust === null ? first : [onlyTrusted(trust), ...first]),
    ...(servesSdl ? [] : [noSdl]),
    knownOperation,
  ]
}

/**
 * Runs these rules first, one after another, and none after one that refuses the document. The rules of graphql-js take
 * time that grows faster than the document, and overflow the stack where fragments spread each other.
 */
function beforeOthers(rules: readonly ValidationRule[]): ValidationRule {
  return (context) => ({
    Document(document) {
      const schema = context.getSchema()
      for (const rule of rules) {
        const errors: GraphQLError[] = []
        const report = (error: GraphQLError) => void errors.push(error)
        visit(document, rule(new ValidationContext(schema, document, new TypeInfo(schema), report)))
        for (const error of errors) context.reportError(error)
        if (errors.length > 0) throw validationAbortedError
      }
    },
  })
}

/** Leaves out that graphql-js has ended the validation early. */
export function withoutAbort<E extends Pick<GraphQLFormattedError, 'message'>>(
  errors: readonly E[],
): readonly E[] {
  return errors.filter(({ message }, at) => at === 0 || message !== validationAbortedError.message)
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

/**
 * The specification's newer rule. graphql-js' own rule for subscriptions works such conditions out, without variables,
 * and throws where it cannot, which would be an error of ours; so this one comes first.
 */
function plainSubscription(context: ValidationContext): ASTVisitor {
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

/** Which documents may run. */
export interface Trust {
  holds(document: DocumentNode): boolean
}

/** Trusts these, however they are laid out; comments play no part. */
export function createTrust(documents: readonly DocumentNode[]): Trust {
  const texts = new Set(documents.map(print))
  return { holds: (document) => texts.has(print(document)) }
}

/** Refuses all but trusted documents. */
function onlyTrusted(trust: Trust): ValidationRule {
  return (context) => ({
    Document(node) {
      if (!trust.holds(node)) context.reportError(untrusted())
    },
  })
}

function untrusted(): GraphQLError {
  return exceeded(
    'trusted_documents',
    'This gateway runs only the documents that it was given, and this is none',
  )
}
