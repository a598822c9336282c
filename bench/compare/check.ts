import { PAGE, type Dialect, type ExpectedTask } from './question'
import type { TwoLists } from './two-lists'

/** Whether a body is the right answer. */
export type Check = (text: string) => boolean

/** What a right answer is: the page that is expected, or so many tasks without an error. */
export type Right =
  { readonly dialect: Dialect; readonly expected: readonly ExpectedTask[] } | { readonly rows: number }

/** Every answer is compared with what the upstreams hold: the newest tasks of both, in their order. */
export function createCheck(right: Right): Check {
  const isRight = choose(right)
  // The lists stand still, so that most answers are the same text.
  let known = ''
  return (text) => {
    if (text === known) return true
    if (!isRight(text)) return false
    known = text
    return true
  }
}

function choose(right: Right): Check {
  if ('rows' in right) return hasRows(right.rows)
  const { dialect, expected } = right
  return dialect === 'two lists' ? areTwoLists(expected) : isMerged(dialect, expected)
}

interface Answer {
  readonly data?: { readonly tasks?: { readonly nodes?: readonly ExpectedTask[] } | null } | null
  readonly nodes?: readonly ExpectedTask[]
  readonly errors?: unknown
}

function hasRows(rows: number): Check {
  return (text) => {
    const { data, errors } = JSON.parse(text) as Answer
    return errors === undefined && data?.tasks?.nodes?.length === rows
  }
}

function isMerged(dialect: Dialect, expected: readonly ExpectedTask[]): Check {
  const known = new Set(expected.map(nameOf))
  const products = new Set(expected.map(({ provider }) => provider)).size
  return (text) => {
    const answer = JSON.parse(text) as Answer
    const nodes = dialect === 'rest' ? answer.nodes : answer.data?.tasks?.nodes
    if (nodes?.length !== PAGE || answer.errors !== undefined) return false
    if (new Set(nodes.map(nameOf)).size !== PAGE) return false
    if (new Set(nodes.map(({ provider }) => provider)).size !== products) return false
    // Tasks of one second may stand in any order among each other.
    return nodes.every((node, at) => known.has(nameOf(node)) && expected[at]?.startedAt === node.startedAt)
  }
}

/** Regions number their tasks each for themselves. */
function nameOf({ provider, taskId, status, startedAt }: ExpectedTask): string {
  return `${provider} ${taskId} ${status} ${startedAt}`
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
