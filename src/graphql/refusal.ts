import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'

/** The codes with which an operation is refused that is well-formed, and the status of each over HTTP. */
export const REFUSAL_STATUS = {
  QUERY_TOO_COSTLY: 400,
  DOCUMENT_NOT_TRUSTED: 403,
  RATE_LIMITED: 429,
} as const

export type RefusalCode = keyof typeof REFUSAL_STATUS

/** Its message is for the caller. With `retryAfterMs`, whoever waits that long may come again. */
export function refusal(
  code: RefusalCode,
  message: string,
  facts: { readonly retryAfterMs?: number } & Readonly<Record<string, number>> = {},
): GraphQLError {
  const headers = new HeaderMap()
  const { retryAfterMs } = facts
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return new GraphQLError(message, {
    extensions: { code, ...facts, http: { status: REFUSAL_STATUS[code], headers } },
  })
}
