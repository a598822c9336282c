import { startedAtOf } from './expected'
import { PAGE } from './question'

/** The answer to a question for both upstream lists. */
export interface TwoLists {
  readonly data?: {
    readonly cdb?: { readonly Response?: { readonly Items?: readonly CdbRow[] | null } | null } | null
    readonly postgres?: {
      readonly Response?: { readonly TaskSet?: readonly PostgresRow[] | null } | null
    } | null
  } | null
  readonly errors?: unknown
}

interface CdbRow {
  readonly JobId: number
  readonly TaskStatus: string
  readonly StartTime: string
}

interface PostgresRow {
  readonly TaskId: number
  readonly Status: string
  readonly StartTime: string
}

/** What a client has to do that is given two lists: the newest tasks of both, as one that merges answers. */
export function mergeLists({ data }: TwoLists): object {
  const [items, taskSet] = [data?.cdb?.Response?.Items, data?.postgres?.Response?.TaskSet]
  if (!items || !taskSet) return { data: null }
  const nodes = [
    ...items.map((row) => taskOf('CDB', row.JobId, row.TaskStatus, row.StartTime)),
    ...taskSet.map((row) => taskOf('POSTGRES', row.TaskId, row.Status, row.StartTime)),
  ]
  nodes.sort(
    (a, b) =>
      Date.parse(b.startedAt) - Date.parse(a.startedAt) ||
      (a.provider === b.provider ? b.number - a.number : a.provider < b.provider ? 1 : -1),
  )
  return { data: { tasks: { nodes: nodes.slice(0, PAGE) } } }
}

function taskOf(provider: string, number: number, rawStatus: string, begun: string) {
  return { provider, number, taskId: String(number), rawStatus, startedAt: startedAtOf(begun) }
}
