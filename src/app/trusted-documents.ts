import { specifiedRules, validate, type GraphQLSchema } from 'graphql'
import { type Config, ConfigError } from '../config'
import { documentProblem } from '../config/trusted-documents'
import { validationRules, withoutAbort } from '../graphql/pipeline/validation-rules'
import { createTrust, type Trust } from '../graphql/pipeline/trusted-documents.rule'

/**
 * Which documents may run; null where any may.
 * @throws ConfigError where one of them never could
 */
export function trustDocuments({ trustedDocuments }: Config, schema: GraphQLSchema): Trust | null {
  if (trustedDocuments === null) return null
  const rules = [...specifiedRules, ...validationRules(null, true)]
  const problems = trustedDocuments.flatMap(({ file, document }) =>
    withoutAbort(validate(schema, document, rules)).map(({ message }) => documentProblem(file, message)),
  )
  if (problems.length > 0) throw new ConfigError(problems)
  return createTrust(trustedDocuments.map(({ document }) => document))
}
