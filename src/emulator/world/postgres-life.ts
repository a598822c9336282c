import { formatBeijingTime } from '../../tencent/time'
import { drawDuration, progressAt, type DrawLife } from './life'
import { between, pick, type Random } from './random'
import type { RowId, WireRow } from './row'

const INSTANCES = 40

const DOCUMENTED_TYPES = ['RestartInstance', 'RestoreDatabase', 'DestroyInstance', 'ModifyInstanceParams']
const OTHER_TYPES = ['ModifyInstanceSpec', 'UpgradeKernelVersion', 'CloneInstance']
/** As often as they come up. */
const TYPES = [...Array.from({ length: 6 }, () => DOCUMENTED_TYPES).flat(), ...OTHER_TYPES]

const OUTCOMES = ['Success', 'Success', 'Success', 'Success', 'Success', 'Success', 'Success', 'Fail']

/** Words of tasks that wait for somebody and never finish; the last is in no document. */
const STUCK = ['WaitSwitch', 'Pause', 'Running', 'Abandoned']

const FAILURE = 'The instance did not answer in time'

const STEPS = ['Pre-check', 'Prepare', 'Execute', 'Task Complete']

/** A generated Postgres task draws from this. */
export function drawPostgresLives(salt: string): DrawLife {
  return (random, id, startSecond) => {
    const stuck = random() < 0.02 ? pick(random, STUCK) : null
    const endSecond = stuck === null ? startSecond + drawDuration(random) : null
    const outcome = pick(random, OUTCOMES)
    const instance = between(random, 0, INSTANCES - 1)
    const fixed: WireRow = {
      DBInstanceId: `postgres-${salt}${instance.toString(36).padStart(2, '0')}`,
      StartTime: formatBeijingTime(startSecond),
      TaskId: id,
      TaskType: pick(random, TYPES),
    }
    const detail = drawDetail(random, id)
    const blank = drawBlank(random)
    return {
      id,
      startSecond,
      endSecond,
      render: (nowSecond) => {
        const finished = endSecond !== null && nowSecond >= endSecond
        const hasFailed = finished && outcome === 'Fail'
        const progress = hasFailed ? startSecond % 100 : progressAt({ startSecond, endSecond }, nowSecond)
        return {
          ...fixed,
          EndTime: finished ? formatBeijingTime(endSecond) : '',
          Progress: progress,
          Status: finished ? outcome : (stuck ?? 'Running'),
          TaskDetail: detail(progress, hasFailed ? 'Fail' : stuck),
          ...blank,
        }
      },
    }
  }
}

/** All the shapes that were seen: empty, of empty texts, complete, with and without a switch. */
function drawDetail(random: Random, id: RowId): (progress: number, halted: string | null) => unknown {
  const draw = random()
  if (draw < 0.15) return () => ({})
  if (draw < 0.3) return () => ({ AllSteps: '', Input: '', Output: '' })
  const switchTag = between(random, 0, 3)
  const switchTime = formatBeijingTime(1_800_000_000 + between(random, 0, 86_400))
  return (progress, halted) => {
    const hasFailed = halted === 'Fail'
    const current = Math.min(Math.floor((progress * STEPS.length) / 100), STEPS.length - 1)
    const steps = STEPS.map((name, index) => step(name, index, progress))
    if (hasFailed) steps[current] = { ...steps[current], StepMessage: FAILURE }
    return {
      AllSteps: JSON.stringify(steps),
      CurrentStep: STEPS[current],
      Input: JSON.stringify({ TaskNumber: String(id), Force: draw < 0.5 }),
      Output:
        hasFailed || progress === 100 ? JSON.stringify({ Message: hasFailed ? FAILURE : 'success' }) : '',
      ...(hasFailed
        ? { Message: FAILURE }
        : halted === 'WaitSwitch' || draw > 0.8
          ? { SwitchTag: switchTag, SwitchTime: switchTag === 2 ? switchTime : '', Message: '' }
          : {}),
    }
  }
}

/** A step that has not begun has neither process nor message. */
function step(name: string, index: number, progress: number): WireRow {
  const own = Math.min(100, Math.max(0, progress * STEPS.length - index * 100))
  const base = { StepId: index + 1, StepName: name }
  return own === 0 ? base : { ...base, StepProcess: own, StepMessage: own === 100 ? `${name} done` : '' }
}

/** Every field may be null or absent; those that find and place a task stay, or nobody could see the rest. */
function drawBlank(random: Random): WireRow {
  if (random() >= 0.02) return {}
  return { [pick(random, ['Progress', 'TaskDetail', 'DBInstanceId'])]: random() < 0.5 ? null : undefined }
}
