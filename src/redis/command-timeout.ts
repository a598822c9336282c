/** What a command waits for its answer, in milliseconds. */
const COMMAND_MS = 50

/**
 * Rejects where the answer takes too long. The client's own time limit would take a pause of this process for one of
 * Redis: after a pause timers run before sockets are read, so what has arrived meanwhile is read first here.
 */
export function withinLimit<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`Redis gave no answer within ${COMMAND_MS} ms`)))
    }, COMMAND_MS)
    answer.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
