import { visit, BREAK, type DocumentNode } from 'graphql'
import type { Answered } from './answered'
import { freshUntilMs, isWhole, type CacheControlOptions } from './cache-control'
import { nameOf } from './measure'

/** Fields that tell how the sources do at this moment, and not what they hold. */
const FIELDS_OF_HEALTH: ReadonlySet<string> = new Set(['state', 'lastSuccessAt', 'lastError'])

/** Notes in the context of every request whether its answer may be given again. */
export function noteRepeatable(options: CacheControlOptions): (answered: Answered) => void {
  const health = new WeakMap<DocumentNode, boolean>()
  const tells = (document: DocumentNode): boolean => {
    const known = health.get(document) ?? tellsHealth(document)
    health.set(document, known)
    return known
  }
  return ({ document, operation, response: { body }, contextValue: { cost: spent, note } }) => {
    const untilMs = freshUntilMs(body, spent, options)
    const { cost } = note
    if (untilMs !== null && cost !== null && document !== undefined && !tells(document))
      note.repeatable = {
        name: nameOf(operation).name,
        untilMs,
        cost,
        reads: spent.answers,
        requestIds: spent.requestIds,
      }
    else if (isWhole(body)) note.repeatable = 'never'
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
