import { Field, InputType } from 'type-graphql'
import { BadInput } from '../../tasks/bad-input'
import type { LookupQuestion } from '../../tasks/service'
import { byRequest, byTaskNumber } from '../resolvers/resolve-lookup'

@InputType({
  description:
    'A task by what the operation that submitted it returned. Exactly one of `asyncRequestId` and `postgresTaskId` must be given.',
})
export class SubmittedTask {
  @Field(() => String, {
    nullable: true,
    description: 'AsyncRequestId as a CDB operation returned it; all the tasks that it made.',
  })
  asyncRequestId?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'TaskId, or the FlowId that a Postgres operation returned, as decimal text.',
  })
  postgresTaskId?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Name of a configured account; all of them where null or absent.',
  })
  account?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'A configured region; all of them where null or absent.',
  })
  region?: string | null
}

/** @throws BadInput where not exactly one of the two is given, or it is none */
export function toLookup({ asyncRequestId, postgresTaskId, account, region }: SubmittedTask): LookupQuestion {
  const where = { account: account ?? null, region: region ?? null }
  if (isGiven(asyncRequestId) && !isGiven(postgresTaskId))
    return { ...where, provider: 'CDB', ...byRequest(asyncRequestId, 'submitted.asyncRequestId') }
  if (isGiven(postgresTaskId) && !isGiven(asyncRequestId))
    return { ...where, provider: 'POSTGRES', ...byTaskNumber(postgresTaskId, 'submitted.postgresTaskId') }
  throw new BadInput(
    'submitted',
    `submitted has ${isGiven(asyncRequestId) ? 'both' : 'neither'} of asyncRequestId and postgresTaskId; exactly one must be given`,
  )
}

function isGiven(text: string | null | undefined): text is string {
  return text !== null && text !== undefined
}
