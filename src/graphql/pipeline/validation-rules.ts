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
