/** One task as every contestant must answer it. */
export interface ExpectedTask {
  readonly provider: string
  readonly taskId: string
  readonly status: string
  readonly startedAt: string
}

/** How a contestant is asked: GraphQL, a REST route, or GraphQL whose client merges the two lists itself. */
export type Dialect = 'graphql' | 'rest' | 'two lists'

/** A request in whose path and body `$UTC` and `$BEIJING` stand for the instant from which on tasks are asked for. */
export interface Wire {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
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

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' }

export const WIRES: Readonly<Record<Dialect, Wire>> = {
  graphql: graphql(QUERY, { from: '$UTC' }),
  'two lists': graphql(TWO_LISTS, { from: '$BEIJING' }),
  rest: { method: 'GET', path: `/tasks?first=${PAGE}&from=$UTC`, headers: JSON_HEADERS, body: null },
}

export function graphql(query: string, variables: object): Wire {
  const body = JSON.stringify({ query, variables })
  return { method: 'POST', path: '/graphql', headers: JSON_HEADERS, body }
}

const FIRST_SECOND = 1_262_304_000 // 2010-01-01T00:00:00Z
const BEIJING_SECONDS = 8 * 3600

/** Writes an instant at which none of the tasks had begun into a part of a request: another one for each number. */
export function withInstant(text: string, number: number): string {
  const second = FIRST_SECOND + number
  return text
    .replace('$UTC', () => iso(second))
    .replace('$BEIJING', () =>
      iso(second + BEIJING_SECONDS)
        .slice(0, 19)
        .replace('T', ' '),
    )
}

function iso(second: number): string {
  return new Date(second * 1000).toISOString()
}
