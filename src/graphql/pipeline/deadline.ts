import { deadlinePassed, timeLimit } from '../../time-limit'

/** Runs with a signal that aborts at the deadline, with a TimeoutError, or when `outer` does. */
export async function withDeadline<T>(
  outer: AbortSignal,
  deadlineMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, end } = timeLimit(outer, deadlineMs, deadlinePassed)
  try {
    return await run(signal)
  } finally {
    end()
  }
}
