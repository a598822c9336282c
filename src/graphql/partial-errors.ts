import { GraphQLError, responsePathAsArray, type GraphQLResolveInfo } from 'graphql'
import { SourceUnavailable, type SourceFailure } from '../tasks/service'
import { describe, toExtensions } from './errors'

/** Failures of sources for `errors[]` although their field has data, or is null without having thrown. */
export class PartialErrors {
  readonly errors: GraphQLError[] = []

  add(failures: readonly SourceFailure[], info: GraphQLResolveInfo): void {
    for (const failure of failures) {
      const error = new GraphQLError(describe(failure), {
        nodes: info.fieldNodes,
        path: responsePathAsArray(info.path),
        originalError: new SourceUnavailable(failure.source, failure.failure),
        extensions: toExtensions(failure),
      })
      this.errors.push(error)
    }
  }
}
