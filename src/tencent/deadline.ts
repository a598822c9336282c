import { timeLimit } from '../time-limit'

/** The reason with which an exchange ends that took too long. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/** Runs under one signal: the outer one, or the time limit, whichever comes first; rejects then in any case. */
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

/** Why a signal has aborted. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}

function rejectionAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(reasonOf(signal))
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
