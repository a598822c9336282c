import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphQLFormattedError } from 'graphql'
import type { GraphContext } from './context'

/** What is told of a GraphQL request that was answered; nothing of its document or its variables. */
export interface AnsweredRequest {
  readonly kind: 'query' | 'mutation' | 'subscription' | 'unknown'
  /** As its author called the operation. */
  readonly name: string | null
  /** `partial`: some of the fields at the root failed, or something below them. */
  readonly outcome: 'ok' | 'partial' | 'error'
  readonly codes: readonly string[]
  readonly durationMs: number
}

export type ReportRequest = (request: AnsweredRequest, context: GraphContext) => void

const NAME_CHARACTERS = 100

/** Reports every request with its answer. */
export function measure(options: {
  readonly now: () => number
  readonly reportRequest: ReportRequest
}): ApolloServerPlugin<GraphContext> {
  const { now, reportRequest } = options
  return {
    requestDidStart() {
      const startedMs = now()
      return Promise.resolve({
        willSendResponse({ operation, response: { body }, contextValue }) {
          const { data = null, errors = [] } = body.kind === 'single' ? body.singleResult : {}
          const request: AnsweredRequest = {
            kind: operation?.operation ?? 'unknown',
            name: operation?.name?.value.slice(0, NAME_CHARACTERS) ?? null,
            outcome: errors.length === 0 ? 'ok' : isEmpty(data) ? 'error' : 'partial',
            codes: codesOf(errors),
            durationMs: now() - startedMs,
          }
          reportRequest(request, contextValue)
          return Promise.resolve()
        },
      })
    },
  }
}

/** True where not one field at the root has a value. */
function isEmpty(data: object | null): boolean {
  return data === null || Object.values(data).every((value) => value === null)
}

function codesOf(errors: readonly GraphQLFormattedError[]): readonly string[] {
  const codes = errors.map(({ extensions }) => extensions?.['code'])
  return [...new Set(codes.filter((code) => typeof code === 'string'))]
}
