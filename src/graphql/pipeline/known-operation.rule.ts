import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql'

/** Without it, an operation of a kind that the schema lacks passes, and fails when it is executed, as if by our fault. */
export function knownOperation(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return
      context.reportError(new GraphQLError(`This API has no ${node.operation} operations`, { nodes: node }))
    },
  }
}
