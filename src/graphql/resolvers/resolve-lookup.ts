import type { GraphQLResolveInfo } from 'graphql'
import { BadInput } from '../../tasks/bad-input'
import type { LookupQuestion } from '../../tasks/service'
import type { GraphContext } from '../context'
import type { Task } from '../schema/task.interface'

type By = Pick<LookupQuestion, 'filter' | 'argument'>

const REQUEST_ID = /^[\w-]{1,128}$/
const TASK_NUMBER = /^\d{1,20}$/
const MAX_NUMBER = 2n ** 64n - 1n

/** All tasks found. Sources that failed are in `errors[]`; null if all have failed. */
export async function lookUpTasks(
  { core, caller, scope, cost, partialErrors, view }: GraphContext,
  info: GraphQLResolveInfo,
  question: LookupQuestion,
): Promise<readonly Task[] | null> {
  const { tasks, failures, asked } = await core.lookup(question, caller, scope, cost)
  partialErrors.add(failures, info)
  return asked > 0 && failures.length === asked ? null : tasks.map(view)
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
export function byRequest(asyncRequestId: string, argument: string): By {
  if (REQUEST_ID.test(asyncRequestId)) return { filter: { submissionId: asyncRequestId }, argument }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(asyncRequestId.slice(0, 64))} is no request id: 1 to 128 letters, digits and hyphens`,
  )
}

/** @throws BadInput where the text is no unsigned number of 64 bits */
export function byTaskNumber(taskId: string, argument: string): By {
  if (TASK_NUMBER.test(taskId) && BigInt(taskId) <= MAX_NUMBER)
    return { filter: { number: BigInt(taskId) }, argument }
  throw new BadInput(
    argument,
    `${argument} ${JSON.stringify(taskId.slice(0, 64))} is no task number: decimal digits, at most ${MAX_NUMBER.toString()}`,
  )
}
