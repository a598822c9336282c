import { timeLimit } from '../time-limit'

/** The reason with which an exchange ends that took too long. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/**
 * Runs one exchange under one signal: the outer one, or the time limit, whichever comes first. Rejects then even if
 * the exchange does not: undici ends one that waits for a connection only when it has got it.
 */
export async function withTimeout<T>(
  outer: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, end } = timeLimit(outer, timeoutMs, () => new AttemptTimeout(timeoutMs))
  // Before it runs, so that a signal that aborts at once is heard.
  const ended = rejectionAt(signal)
  try {
    return await Promise.race([run(signal), ended])
  } finally {
    end()
  }
}

function rejectionAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => {
      const reason: unknown = signal.reason
      reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
