import { parseJson } from '../../tencent/json'
import { isRecord } from '../../lib/is-record'
import { int, percent, second, text, type Row } from '../row'
import { lookUp } from '../vocabulary'
import { SWITCH_MODE } from './switch-mode'
import type { PostgresDetail, SwitchMode, TaskStep } from './task'

/** `TaskDetail`, which may be empty; its JSON texts may be empty or no JSON at all. All of it is parsed when asked for. */
export class RowDetail implements PostgresDetail {
  private readonly row: Row

  /** Keeps only what is told: where something else in it changes, the task is as it was. */
  constructor({ CurrentStep, AllSteps, Input, Output, SwitchTag, SwitchTime }: Row) {
    this.row = { CurrentStep, AllSteps, Input, Output, SwitchTag, SwitchTime }
  }

  get currentStep(): string | null {
    return text(this.row, 'CurrentStep')
  }

  get steps(): readonly TaskStep[] {
    return parseSteps(document(this.row['AllSteps']))
  }

  get input(): unknown {
    return document(this.row['Input'])
  }

  get output(): unknown {
    return document(this.row['Output'])
  }

  get switchMode(): SwitchMode | null {
    return parseSwitchMode(this.row['SwitchTag'])
  }

  get switchSecond(): number | null {
    return second(this.row, 'SwitchTime')
  }
}

function parseSteps(value: unknown): readonly TaskStep[] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).map((step) => ({
    stepId: int(step, 'StepId'),
    name: text(step, 'StepName') ?? '',
    progress: percent(step, 'StepProcess'),
    message: text(step, 'StepMessage'),
  }))
}

function parseSwitchMode(tag: unknown): SwitchMode | null {
  if (tag === undefined || tag === null) return null
  const mode = typeof tag === 'number' ? lookUp(SWITCH_MODE, String(tag)) : undefined
  return mode ?? 'UNKNOWN'
}

/** A JSON text as its value, another text as it is, none as null. */
function document(value: unknown): unknown {
  if (typeof value !== 'string') return exact(value ?? null)
  if (value.trim() === '') return null
  try {
    return exact(parseJson(value))
  } catch {
    return value
  }
}

/** JSON has no bigint: integers that a double cannot hold become their decimal text. */
function exact(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(exact)
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item)]))
    : value
}
