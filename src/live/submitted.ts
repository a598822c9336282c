import { BadInput } from '../tasks/bad-input'
import type { Caller } from '../tasks/caller'
import type { FoundTasks, LookupQuestion, TaskService } from '../tasks/service'
import type { Task } from '../tasks/task'
import { WAIT_MS } from './look-ups'
import { timedScope, type LiveTools } from './tools'

export interface FoundSubmitted {
  readonly tasks: readonly Task[]
  /** Unix milliseconds before the upstream was asked. */
  readonly askedAtMs: number
}

export interface SubmittedOptions extends LiveTools {
  readonly core: TaskService
  readonly caller: Caller
  readonly signal: AbortSignal
}

const CALL_MS = 8000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 5000

/**
 * Asks again and again, since a task that was just submitted is not there at once. While a source is down nothing is
 * known to be missing.
 * @returns null where the signal has ended it
 * @throws BadInput where it is not found in time, or is not to be told from another
 */
export async function findSubmitted(
  question: LookupQuestion,
  options: SubmittedOptions,
): Promise<FoundSubmitted | null> {
  const { clock, signal } = options
  let missedMs: number | null = null
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const askedAtMs = clock.now()
    const { tasks, failures } = await lookUp(question, options, missedMs !== null)
    if (tasks.length > 0) return { tasks: checkOne(question, tasks), askedAtMs }
    if (failures.length === 0) missedMs ??= askedAtMs
    if (missedMs !== null && clock.now() - missedMs >= WAIT_MS) throw notFound(question)
    await pause(pauseMs, options)
  }
  return null
}

async function lookUp(
  question: LookupQuestion,
  options: SubmittedOptions,
  background: boolean,
): Promise<FoundTasks> {
  const notBeforeMs = options.clock.now() - FIRST_PAUSE_MS / 2
  const { scope, end } = timedScope(options.signal, CALL_MS, options, { notBeforeMs, background })
  return options.core.lookup(question, options.caller, scope).finally(end)
}

function pause(delayMs: number, { later, signal }: SubmittedOptions): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      callOff()
      signal.removeEventListener('abort', go)
      resolve()
    }
    const callOff = later(go, delayMs)
    signal.addEventListener('abort', go, { once: true })
    if (signal.aborted) go()
  })
}

/** One request makes several tasks, but a number means one. */
function checkOne({ filter }: LookupQuestion, tasks: readonly Task[]): readonly Task[] {
  const [task, other] = tasks
  if (filter.number === undefined || task === undefined || other === undefined) return tasks
  const missing = task.source.account === other.source.account ? 'region' : 'account'
  throw new BadInput(
    `submitted.${missing}`,
    `the task number ${filter.number.toString()} is found in more than one ${missing}; say which by submitted.${missing}`,
  )
}

function notFound({ filter, argument }: LookupQuestion): BadInput {
  const value = filter.number?.toString() ?? filter.submissionId ?? ''
  return new BadInput(
    argument,
    `${argument} ${JSON.stringify(value)} was not found within ${WAIT_MS / 1000} seconds`,
  )
}
