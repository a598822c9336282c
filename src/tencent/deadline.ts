/** The reason with which an exchange ends that took too long. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/**
 * Runs one exchange under one signal: the outer one, or the time limit, whichever comes first.
 * Not `AbortSignal.any([outer, AbortSignal.timeout(ms)])`: on Node 20 a garbage collection takes that timeout away
 * and it never fires, and a long-lived outer signal keeps every one of them.
 */
export async function withTimeout<T>(
  outer: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController()
  const timer = setTimeout(() => inner.abort(new AttemptTimeout(timeoutMs)), timeoutMs)
  const follow = (): void => inner.abort(outer.reason)
  outer.addEventListener('abort', follow, { once: true })
  if (outer.aborted) follow()
  try {
    return await run(inner.signal)
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', follow)
  }
}
