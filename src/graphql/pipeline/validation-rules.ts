import {
  GraphQLError,
  NoFragmentCyclesRule,
  TypeInfo,
  ValidationContext,
  visit,
  type ASTVisitor,
  type GraphQLFormattedError,
  type ValidationRule,
} from 'graphql'
import { validationAbortedError } from 'graphql/validation/validationAbortedError'
import { documentSize } from './document-size.rule'
import { operationShape } from './operation-shape.rule'
import { plainSubscription } from './plain-subscription.rule'
import { onlyTrusted, type Trust } from './trusted-documents.rule'

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
