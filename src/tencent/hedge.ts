import type { Outcome } from './retry'

/** One try within a time limit; `onSent` hears when it has left the queue. */
export type Try<T> = (timeoutMs: number, onSent: () => void) => Promise<Outcome<T>>

const SECOND_AFTER = 0.4
/** Over before the first one is, so that both have told by then what they saw. */
const SECOND_LASTS = 0.5

/**
 * Tries a second time, beside the first, where that is silent for long: what hangs may be no more than a connection
 * that got lost, and if both are silent more than one has told that the source is.
 * @param isWorthIt asked before the second try
 */
export function hedged<T>(attempt: Try<T>, timeoutMs: number, isWorthIt: () => boolean): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const second = async (): Promise<void> => {
      const outcome = await attempt(timeoutMs * SECOND_LASTS, () => undefined).catch(() => null)
      if (outcome !== null && 'answer' in outcome) resolve(outcome)
    }
    const first = attempt(timeoutMs, () => {
      timer = setTimeout(() => isWorthIt() && void second(), timeoutMs * SECOND_AFTER)
    })
    first.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
