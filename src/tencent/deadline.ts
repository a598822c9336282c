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
 * Not `AbortSignal.any([outer, AbortSignal.timeout(ms)])`: on Node 20 a garbage collection takes that timeout away
 * and it never fires, and a long-lived outer signal keeps every one of them.
 */
export async function withTimeout<T>(
  outer: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController()
  const ended = rejectionAt(inner.signal)
  const timer = setTimeout(() => inner.abort(new AttemptTimeout(timeoutMs)), timeoutMs)
  const follow = (): void => inner.abort(outer.reason)
  outer.addEventListener('abort', follow, { once: true })
  if (outer.aborted) follow()
  try {
    return await Promise.race([run(inner.signal), ended])
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', follow)
  }
}

function rejectionAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => {
      const reason: unknown = signal.reason
      reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
    }
    signal.addEventListener('abort', end, { once: true })
  })
}
