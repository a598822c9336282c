import {
  GraphQLError,
  type ASTVisitor,
  type GraphQLFormattedError,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { documentSize } from './document-size.rule'
import { operationShape } from './operation-shape.rule'
import { CONDITIONAL_ROOT, plainSubscription } from './plain-subscription.rule'
import { onlyTrusted, type Trust } from './trusted-documents.rule'

/** The rules for every document beyond those of GraphQL itself. */
export function validationRules(trust: Trust | null): ValidationRule[] {
  return [
    ...(trust === null ? [] : [onlyTrusted(trust)]),
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

/** Without this rule, an operation of a kind that the schema lacks is valid and fails in execution, as if by our fault. */
function knownOperation(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return
      context.reportError(new GraphQLError(`This API has no ${node.operation} operations`, { nodes: node }))
    },
  }
}
