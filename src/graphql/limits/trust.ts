import { print, type DocumentNode, type GraphQLError, type ValidationRule } from 'graphql'
import { refusal } from './refusal'

/** True for a document that may run. */
export type Trust = (document: DocumentNode) => boolean

/** Trusts these, however they are laid out; comments play no part. */
export function createTrust(documents: readonly DocumentNode[]): Trust {
  const texts = new Set(documents.map(print))
  return (document) => texts.has(print(document))
}

/** Refuses all but trusted documents. */
export function onlyTrusted(trust: Trust): ValidationRule {
  return (context) => ({
    Document(node) {
      if (!trust(node)) context.reportError(untrusted())
    },
  })
}

/** The error of `onlyTrusted` alone where it is among these, so that nobody learns of the schema from the others. */
export function untrustedAlone<E extends { readonly extensions?: GraphQLError['extensions'] }>(
  errors: readonly E[],
): readonly E[] {
  const found = errors.find(({ extensions }) => extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED')
  return found === undefined ? errors : [found]
}

function untrusted(): GraphQLError {
  return refusal(
    'DOCUMENT_NOT_TRUSTED',
    'This gateway runs only the documents that it was given, and this is none',
  )
}
