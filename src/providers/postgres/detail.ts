import type { PostgresTask, TaskStep } from '../../tasks/task'
import { parseJson } from '../../tencent/json'
import { int, isRow, percent, second, text, type Row } from '../row'
import { lookUp } from '../vocabulary'
import { SWITCH_MODE } from './switch-mode'

type Detail = Pick<
  PostgresTask,
  'currentStep' | 'steps' | 'input' | 'output' | 'switchMode' | 'switchSecond' | 'message'
>

/** `TaskDetail`: may be absent or `{}`; its JSON texts may be empty or no JSON at all. */
export function parseDetail(value: unknown): Detail {
  const detail: Row = isRow(value) ? value : {}
  return {
    currentStep: text(detail, 'CurrentStep'),
    steps: parseSteps(document(detail['AllSteps'])),
    input: document(detail['Input']),
    output: document(detail['Output']),
    switchMode: parseSwitchMode(detail['SwitchTag']),
    switchSecond: second(detail, 'SwitchTime'),
    message: text(detail, 'Message'),
  }
}

function parseSteps(value: unknown): readonly TaskStep[] {
  if (!Array.isArray(value)) return []
  return value.filter(isRow).map((step) => ({
    stepId: int(step, 'StepId'),
    name: text(step, 'StepName') ?? '',
    progress: percent(step, 'StepProcess'),
    message: text(step, 'StepMessage'),
  }))
}

function parseSwitchMode(tag: unknown): PostgresTask['switchMode'] {
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
  return isRow(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item)]))
    : value
}
