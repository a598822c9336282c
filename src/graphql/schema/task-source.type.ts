import { Field, Int, ObjectType } from 'type-graphql'
import type { UpstreamFailure } from '../../failure'
import type { ObservedSource, SourceState } from '../../tasks/observed-source'
import { sourceName, type TaskProvider } from '../../tasks/task'
import type { SourceResult } from '../../tasks/list-tasks'
import { Optional, TaskProviderEnum, TaskSourceStateEnum, DateTime } from './scalars'

@ObjectType({ simpleResolvers: true, description: 'Why an upstream call did not bring an answer.' })
export class UpstreamError {
  constructor(private readonly failure: UpstreamFailure) {}

  @Field(() => String, {
    description: 'UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _INVALID_RESPONSE, _UNAUTHORIZED or _REJECTED.',
  })
  get code(): string {
    return this.failure.code
  }

  @Field(() => String, { description: 'What happened, for people.' })
  get message(): string {
    return this.failure.message
  }

  @Optional(() => String, "The cloud's own error code. Null where it gave none.")
  get upstreamCode(): string | null {
    return this.failure.upstreamCode ?? null
  }

  @Optional(() => String, "The cloud's RequestId, for its support. Null where no answer had one.")
  get requestId(): string | null {
    return this.failure.requestId ?? null
  }

  @Field(() => Boolean, { description: 'True where the same question may be answered later.' })
  get retryable(): boolean {
    return this.failure.retryable
  }
}

@ObjectType({
  simpleResolvers: true,
  description: 'One upstream list: a product, in one account and region.',
})
export class TaskSource {
  constructor(private readonly source: ObservedSource) {}

  @Field(() => String, {
    description: 'Such as `cdb/default/ap-guangzhou`; `-` stands where there is no region.',
  })
  get name(): string {
    return sourceName(this.source.key)
  }

  @Field(() => TaskProviderEnum, { description: 'The product.' })
  get provider(): TaskProvider {
    return this.source.key.provider
  }

  @Field(() => String, { description: 'Name of the configured account.' })
  get account(): string {
    return this.source.key.account
  }

  @Optional(() => String, 'Null where the source is configured without a region.')
  get region(): string | null {
    return this.source.key.region
  }

  @Field(() => TaskSourceStateEnum, { description: 'How its latest calls went.' })
  get state(): SourceState {
    return this.source.state
  }

  @Field(() => Int, { description: 'The quota that the gateway keeps for it, in calls per second.' })
  get callsPerSecond(): number {
    return this.source.callsPerSecond
  }

  @Optional(
    () => DateTime,
    'When it last answered this process, by the clock of the gateway. Null before the first answer.',
  )
  get lastSuccessAt(): Date | null {
    const { lastSuccessMs } = this.source
    return lastSuccessMs === null ? null : new Date(lastSuccessMs)
  }

  @Optional(
    () => UpstreamError,
    'How it last failed, however long ago. Null where it never did since the process started.',
  )
  get lastError(): UpstreamError | null {
    const { lastFailure } = this.source
    return lastFailure === null ? null : new UpstreamError(lastFailure)
  }
}

@ObjectType({
  simpleResolvers: true,
  description: 'What one source contributed to a list, so that an outage cannot look like "no tasks".',
})
export class TaskSourceResult {
  constructor(private readonly result: SourceResult) {}

  @Field(() => TaskSource, { description: 'The source.' })
  get source(): TaskSource {
    return new TaskSource(this.result.source)
  }

  @Optional(() => Int, 'How many of its tasks match: exact, or null where no exact figure is to be had.')
  get totalCount(): Promise<number | null> {
    return this.result.totalCount()
  }

  @Optional(
    () => UpstreamError,
    'Why its tasks are missing from this page; they come on a later one. Or why its order cannot be trusted. Null where all is well.',
  )
  get error(): UpstreamError | null {
    const { failure } = this.result
    return failure === null ? null : new UpstreamError(failure)
  }
}
