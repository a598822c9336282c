import type { GraphQLFormattedError, ValidationRule } from 'graphql'
import { knownOperation } from './known-operation.rule'
import { LIMIT_RULES } from './limit-rules'
import { onlyTrusted, type Trust } from './trusted-documents.rule'
import { CONDITIONAL_ROOT, plainSubscription } from './plain-subscription.rule'

/** Many times the longest document that GraphiQL sends. Nested as deep as these allow, it still fits on the stack. */
export const PARSE_OPTIONS = { maxLexicalTokens: 3200 }

/** What holds for every document beside the rules of GraphQL itself, over HTTP and WebSocket alike. */
export function documentRules(trust: Trust | null): readonly ValidationRule[] {
  return [...(trust === null ? [] : [onlyTrusted(trust)]), plainSubscription, knownOperation, ...LIMIT_RULES]
}

/** Where one error says all, that one alone: others would tell of the schema, or repeat it. */
export function toldOf<E extends Pick<GraphQLFormattedError, 'message' | 'extensions'>>(
  errors: readonly E[],
): readonly E[] {
  const alone =
    errors.find(({ extensions }) => extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED') ??
    errors.find(({ message }) => message === CONDITIONAL_ROOT)
  return alone === undefined ? errors : [alone]
}
