import { print, type DocumentNode, type GraphQLError, type ValidationRule } from 'graphql'
import { refusal } from '../refusal'

/** Which documents may run. */
export interface Trust {
  holds(document: DocumentNode): boolean
  /** Counts a document that may not run. */
  refused(): void
}

/** Trusts these, however they are laid out; comments play no part. */
export function createTrust(documents: readonly DocumentNode[], refused: () => void): Trust {
  const texts = new Set(documents.map(print))
  return { holds: (document) => texts.has(print(document)), refused }
}

/** Refuses all but trusted documents. */
export function onlyTrusted(trust: Trust): ValidationRule {
  return (context) => ({
    Document(node) {
      if (trust.holds(node)) return
      trust.refused()
      context.reportError(untrusted())
    },
  })
}

function untrusted(): GraphQLError {
  return refusal(
    'DOCUMENT_NOT_TRUSTED',
    'This gateway runs only the documents that it was given, and this is none',
  )
}
