/** One task as every contestant must answer it. */
export interface ExpectedTask {
  readonly provider: string
  readonly taskId: string
  readonly status: string
  readonly startedAt: string
}

/** How a contestant is asked: GraphQL, a REST route, or GraphQL whose client merges the two lists itself. */
export type Dialect = 'graphql' | 'rest' | 'two lists'

/** What the loader sends: a method, a path and a body for one instant from which on tasks are asked for. */
export interface Wire {
  readonly method: 'GET' | 'POST'
  readonly path: (from: string) => string
  readonly body: (from: string) => string | null
}

export const PAGE = 20

/** As every client of the gateway may ask it; the peers know it word for word. */
const QUERY = `query ($from: DateTime!) { tasks(first: ${PAGE}, filter: { startedAt: { from: $from } }) {
  nodes { id provider taskId status rawType startedAt progress instances { id } } } }`

/** What a client of both upstream lists has to ask, and then to convert and merge by itself. */
const TWO_LISTS = `query ($from: String!) {
  cdb(input: { StartTimeBegin: $from, Limit: ${PAGE} }) { Response { Items {
    JobId TaskStatus TaskType StartTime Progress InstanceIds } } }
  postgres(input: { MinStartTime: $from, Limit: ${PAGE} }) { Response { TaskSet {
    TaskId Status TaskType StartTime Progress DBInstanceId } } } }`

export function wireOf(dialect: Dialect): Wire {
  if (dialect === 'rest') {
    return { method: 'GET', path: (from) => `/tasks?first=${PAGE}&from=${from}`, body: () => null }
  }
  const query = JSON.stringify(dialect === 'graphql' ? QUERY : TWO_LISTS)
  const write = dialect === 'graphql' ? (from: string) => from : beijing
  return {
    method: 'POST',
    path: () => '/graphql',
    body: (from) => `{"query":${query},"variables":{"from":"${write(from)}"}}`,
  }
}

/** An instant at which none of the measured tasks had begun, another one for each number. */
export function instant(number: number): string {
  const FIRST_SECOND = 1_262_304_000 // 2010-01-01T00:00:00Z
  return new Date((FIRST_SECOND + number) * 1000).toISOString()
}

function beijing(from: string): string {
  return new Date(Date.parse(from) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}
