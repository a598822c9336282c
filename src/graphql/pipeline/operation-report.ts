import type { FormattedExecutionResult, OperationDefinitionNode } from 'graphql'
import type { GraphContext } from '../context'

/** What is reported of every operation when it has ended; nothing of its document or its variables. */
export interface OperationReport {
  readonly kind: 'query' | 'mutation' | 'subscription' | 'unknown'
  /** Name of the operation. */
  readonly name: string | null
  /** `partial`: some of the root fields failed, or something below them; or some of the events. */
  readonly outcome: 'ok' | 'partial' | 'error'
  readonly codes: readonly string[]
  readonly durationMs: number
  /** Results that a subscription was sent, which lasts as long as its client likes; null for all other operations. */
  readonly events: number | null
}

export type ReportOperation = (report: OperationReport, context: GraphContext) => void

const NAME_CHARACTERS = 100

/** Kind and name of an operation; `unknown` if it was never found. */
export function nameOf(operation: OperationDefinitionNode | null): Pick<OperationReport, 'kind' | 'name'> {
  return {
    kind: operation?.operation ?? 'unknown',
    name: operation?.name?.value.slice(0, NAME_CHARACTERS) ?? null,
  }
}

/** Adds up the outcome of one operation: of its one response, or of every event. */
export class OutcomeTally {
  count = 0
  private hasData = false
  private hasErrors = false
  /** Few, and kept as long as a subscription lasts: a list is smaller than a set. */
  private readonly codes: string[] = []

  add({ data = null, errors = [] }: Pick<FormattedExecutionResult, 'data' | 'errors'>): void {
    this.count += 1
    this.hasData ||= !isEmpty(data)
    this.hasErrors ||= errors.length > 0
    for (const { extensions } of errors) {
      const code = extensions?.['code']
      if (typeof code === 'string' && !this.codes.includes(code)) this.codes.push(code)
    }
  }

  sum(): Pick<OperationReport, 'outcome' | 'codes'> {
    const failed = this.hasData ? 'partial' : 'error'
    return { outcome: this.hasErrors ? failed : 'ok', codes: this.codes }
  }
}

/** True if no root field has a value. */
function isEmpty(data: object | null): boolean {
  return data === null || Object.values(data).every((value) => value === null)
}
