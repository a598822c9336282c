import type { ValidationRule } from 'graphql'
import { knownOperation } from './known-operation.rule'
import { LIMIT_RULES } from './limits/rules'
import { onlyTrusted, type Trust } from './limits/trust'

/** Several times the longest document that GraphiQL sends; more of it would only cost stack and time. */
export const PARSE_OPTIONS = { maxLexicalTokens: 4000 }

/** What holds for every document beside the rules of GraphQL itself, over HTTP and WebSocket alike. */
export function documentRules(trust: Trust | null): readonly ValidationRule[] {
  return [...(trust === null ? [] : [onlyTrusted(trust)]), knownOperation, ...LIMIT_RULES]
}
