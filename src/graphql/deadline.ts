/** Runs with a signal that aborts at the deadline, with a TimeoutError, or when `outer` does; leaves no timer behind. */
export async function withDeadline<T>(
  outer: AbortSignal,
  deadlineMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const leave = () => controller.abort(outer.reason)
  const timer = setTimeout(() => {
    controller.abort(new DOMException('the deadline of the request has passed', 'TimeoutError'))
  }, deadlineMs)
  outer.addEventListener('abort', leave)
  if (outer.aborted) leave()
  try {
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', leave)
  }
}
