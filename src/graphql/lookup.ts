import type { GraphQLResolveInfo } from 'graphql'
import { BadInput } from '../tasks/bad-input'
import type { LookupQuestion } from '../tasks/service'
import type { GraphContext } from './context'
import { viewTask } from './task-view'
import type { Task } from './task.interface'

const REQUEST_ID = /^[\w-]{1,128}$/
const TASK_NUMBER = /^\d{1,20}$/
const MAX_NUMBER = 2n ** 64n - 1n

/** All that are found. Sources that could not be asked are told in `errors[]`; null where none could. */
export async function lookUpTasks(
  { core, caller, scope, cost, problems }: GraphContext,
  info: GraphQLResolveInfo,
  question: LookupQuestion,
): Promise<readonly Task[] | null> {
  const { tasks, failures, asked } = await core.lookup(question, caller, scope, cost)
  problems.add(failures, info)
  return asked > 0 && failures.length === asked ? null : tasks.map((task) => viewTask(task, caller))
}

/** The one that is found. @throws BadInput where several are */
export async function lookUpTask(
  context: GraphContext,
  info: GraphQLResolveInfo,
  question: LookupQuestion,
): Promise<Task | null> {
  const [task, other] = (await lookUpTasks(context, info, question)) ?? []
  if (task === undefined || other === undefined) return task ?? null
  const missing = task.account === other.account ? 'region' : 'account'
  throw new BadInput(
    missing,
    `the task number is found in more than one ${missing}; say which by the argument ${missing}`,
  )
}

/** @throws BadInput where the text cannot be a request id */
export function requestFilter(asyncRequestId: string, argument: string): LookupQuestion['filter'] {
  if (REQUEST_ID.test(asyncRequestId)) return { asyncRequestId }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(asyncRequestId.slice(0, 64))} is no request id: 1 to 128 letters, digits and hyphens`,
  )
}

/** @throws BadInput where the text is no unsigned number of 64 bits */
export function taskNumberFilter(taskId: string, argument: string): LookupQuestion['filter'] {
  if (TASK_NUMBER.test(taskId) && BigInt(taskId) <= MAX_NUMBER) return { number: BigInt(taskId) }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(taskId.slice(0, 64))} is no task number: decimal digits, at most ${MAX_NUMBER.toString()}`,
  )
}
