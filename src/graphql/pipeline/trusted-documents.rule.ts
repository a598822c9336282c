import { print, type DocumentNode, type GraphQLError, type ValidationRule } from 'graphql'
import { exceeded } from '../refusal'

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
export function onlyTrusted(trust: Trust): ValidationRule {
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
