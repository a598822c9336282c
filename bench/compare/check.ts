import { PAGE, type Dialect, type ExpectedTask } from './question'

/** Whether a body is the right answer. */
export type Check = (text: string) => boolean

/** Every answer is compared with what the upstreams hold: the newest tasks of both, in their order. */
export function createCheck(dialect: Dialect, expected: readonly ExpectedTask[]): Check {
  const known = new Map(expected.map((task) => [`${task.provider} ${task.taskId}`, task]))
  const isRight = dialect === 'two lists' ? areTwoLists(expected) : isMerged(dialect, expected, known)
  // The lists stand still, so that most answers are the same text.
  let right = ''
  return (text) => {
    if (text === right) return true
    if (!isRight(text)) return false
    right = text
    return true
  }
}

interface Answer {
  readonly data?: { readonly tasks?: { readonly nodes?: readonly ExpectedTask[] } }
  readonly nodes?: readonly ExpectedTask[]
  readonly errors?: unknown
}

function isMerged(
  dialect: Dialect,
  expected: readonly ExpectedTask[],
  known: ReadonlyMap<string, ExpectedTask>,
): Check {
  return (text) => {
    const answer = JSON.parse(text) as Answer
    const nodes = dialect === 'rest' ? answer.nodes : answer.data?.tasks?.nodes
    if (nodes?.length !== PAGE || answer.errors !== undefined) return false
    const seen = new Set(nodes.map(({ provider, taskId }) => `${provider} ${taskId}`))
    if (seen.size !== PAGE || new Set(nodes.map(({ provider }) => provider)).size !== 2) return false
    // Tasks of one second may stand in any order among each other.
    return nodes.every(
      ({ provider, taskId, status, startedAt }, at) =>
        known.get(`${provider} ${taskId}`)?.status === status &&
        known.get(`${provider} ${taskId}`)?.startedAt === startedAt &&
        expected[at]?.startedAt === startedAt,
    )
  }
}

interface TwoLists {
  readonly data?: {
    readonly cdb?: { readonly Response?: { readonly Items?: readonly { readonly JobId: unknown }[] } }
    readonly postgres?: {
      readonly Response?: { readonly TaskSet?: readonly { readonly TaskId: unknown }[] }
    }
  }
  readonly errors?: unknown
}

function areTwoLists(expected: readonly ExpectedTask[]): Check {
  const of = (provider: string) => expected.filter((task) => task.provider === provider).slice(0, PAGE)
  const [cdb, postgres] = [of('CDB'), of('POSTGRES')]
  return (text) => {
    const { data, errors } = JSON.parse(text) as TwoLists
    const jobs = data?.cdb?.Response?.Items ?? []
    const tasks = data?.postgres?.Response?.TaskSet ?? []
    return (
      errors === undefined &&
      jobs.length === PAGE &&
      tasks.length === PAGE &&
      jobs.every(({ JobId }, at) => String(JobId) === cdb[at]?.taskId) &&
      tasks.every(({ TaskId }, at) => String(TaskId) === postgres[at]?.taskId)
    )
  }
}
