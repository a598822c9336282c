import type { ApolloServerPlugin } from '@apollo/server'
import { visit, BREAK, type DocumentNode } from 'graphql'
import { freshUntilMs, isWhole, type CacheControlOptions } from './cache-control'
import type { GraphContext } from './context'
import { nameOf } from './measure'

/** Fields that tell how the sources do at this moment, and not what they hold. */
const FIELDS_OF_HEALTH: ReadonlySet<string> = new Set(['state', 'lastSuccessAt', 'lastError'])

/** Notes in the context of every request whether its answer may be given again. */
export function noteRepeatable(options: CacheControlOptions): ApolloServerPlugin<GraphContext> {
  const health = new WeakMap<DocumentNode, boolean>()
  const tells = (document: DocumentNode): boolean => {
    const known = health.get(document) ?? tellsHealth(document)
    health.set(document, known)
    return known
  }
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ document, operation, response: { body }, contextValue }) {
          const { scope, note } = contextValue
          const untilMs = freshUntilMs(body, scope, options)
          const { cost } = note
          if (untilMs !== null && cost !== null && document !== undefined && !tells(document))
            note.repeatable = {
              name: nameOf(operation).name,
              untilMs,
              cost,
              reads: scope.reads?.count ?? 0,
              requestIds: scope.requestIds ?? new Set(),
            }
          else if (isWhole(body)) note.repeatable = 'never'
          return Promise.resolve()
        },
      }),
  }
}

function tellsHealth(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field({ name }) {
      if (!FIELDS_OF_HEALTH.has(name.value)) return undefined
      found = true
      return BREAK
    },
  })
  return found
}
