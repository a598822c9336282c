import type { OperationDefinitionNode } from 'graphql'
import type { Answered } from './answered'
import type { GraphContext } from '../context'

/** What is told of a GraphQL request that was answered; nothing of its document or its variables. */
export interface AnsweredRequest {
  readonly transport: 'http' | 'websocket'
  readonly kind: 'query' | 'mutation' | 'subscription' | 'unknown'
  /** As its author called the operation. */
  readonly name: string | null
  /** `partial`: some of the fields at the root failed, or something below them; or some of the events. */
  readonly outcome: 'ok' | 'partial' | 'error'
  readonly codes: readonly string[]
  readonly durationMs: number
  /** Results that a subscription was sent, which lasts as long as its client likes; null for what is answered once. */
  readonly events: number | null
}

export type ReportRequest = (request: AnsweredRequest, context: GraphContext) => void

/** As much of a result as the report looks at. */
interface Answer {
  readonly data?: object | null | undefined
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> }[] | undefined
}

const NAME_CHARACTERS = 100

/** Reports every request by HTTP with its answer. */
export function measure(options: {
  readonly now: () => number
  readonly reportRequest: ReportRequest
}): (answered: Answered) => void {
  const { now, reportRequest } = options
  return ({ operation, response: { body }, contextValue }) => {
    const answers = new AnswerTally()
    answers.add(body.kind === 'single' ? body.singleResult : {})
    const request: AnsweredRequest = {
      transport: 'http',
      ...nameOf(operation),
      ...answers.sum(),
      durationMs: now() - contextValue.cameMs,
      events: null,
    }
    reportRequest(request, contextValue)
  }
}

/** What is told of the operation itself; of one that was never found, that it is unknown. */
export function nameOf(
  operation: OperationDefinitionNode | undefined,
): Pick<AnsweredRequest, 'kind' | 'name'> {
  return {
    kind: operation?.operation ?? 'unknown',
    name: operation?.name?.value.slice(0, NAME_CHARACTERS) ?? null,
  }
}

/** Adds up what one operation was answered: once, or with every event. */
export class AnswerTally {
  /** How many answers. */
  count = 0
  private hasData = false
  private hasErrors = false
  /** Few, and kept as long as a subscription lasts: a list is smaller than a set. */
  private readonly codes: string[] = []

  add({ data = null, errors = [] }: Answer): void {
    this.count += 1
    this.hasData ||= !isEmpty(data)
    this.hasErrors ||= errors.length > 0
    for (const { extensions } of errors) {
      const code = extensions?.['code']
      if (typeof code === 'string' && !this.codes.includes(code)) this.codes.push(code)
    }
  }

  sum(): Pick<AnsweredRequest, 'outcome' | 'codes'> {
    const failed = this.hasData ? 'partial' : 'error'
    return { outcome: this.hasErrors ? failed : 'ok', codes: this.codes }
  }
}

/** True where not one field at the root has a value. */
function isEmpty(data: object | null): boolean {
  return data === null || Object.values(data).every((value) => value === null)
}
