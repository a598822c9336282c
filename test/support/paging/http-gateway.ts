import type { ListQuestion } from '../../../src/tasks/plan'
import type { TestGateway } from '../gateway'
import { record } from '../emulator'
import { placeName, type AnsweredPage, type AnsweredTask, type AskPage } from './paging-port'

const CONNECTION = `{
  edges { cursor node { provider region taskId startedAt endedAt } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  totalCount
  sources { source { provider region } error { code } }
}`
const VARIABLES =
  '$first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder'
const ARGUMENTS =
  '(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)'

/** The gateway over HTTP: the root field that fits the question best. */
export function askOverHttp(gateway: Pick<TestGateway, 'query'>): AskPage {
  return async ({ page, filter, order }) => {
    const { field, rest } = rootOf(filter)
    const variables = { ...page, filter: toInput(rest), orderBy: order }
    const { body } = await gateway.query(`query (${VARIABLES}) { ${field} }`, variables)
    const entity = body.data?.['_entities']
    const connection: unknown = Array.isArray(entity) ? record(entity[0])['list'] : body.data?.['list']
    if (connection === null && isOutage(body.errors)) return NOTHING
    if (typeof connection !== 'object') throw new Error(JSON.stringify(body.errors))
    return answered(record(connection))
  }
}

type Filter = ListQuestion['filter']

function rootOf({ providers, ...rest }: Filter): { field: string; rest: Filter } {
  const [instance, ...others] = rest.instanceIds ?? []
  if (
    providers === undefined &&
    instance !== undefined &&
    others.length === 0 &&
    /^(cdb|postgres)-/.test(instance)
  )
    return {
      field: `_entities(representations: [{ __typename: "DatabaseInstance", id: "${instance}" }]) {
        ... on DatabaseInstance { list: tasks${ARGUMENTS} ${CONNECTION} } }`,
      rest,
    }
  const name = providers === undefined ? 'tasks' : providers[0] === 'CDB' ? 'cdbTasks' : 'postgresTasks'
  return { field: `list: ${name}${ARGUMENTS} ${CONNECTION}`, rest }
}

function toInput({ startedAt, endedAt, ...lists }: Filter): Record<string, unknown> {
  return {
    ...lists,
    ...(startedAt && { startedAt: toInstants(startedAt) }),
    ...(endedAt && { endedAt: toInstants(endedAt) }),
  }
}

/** Inside the second at its ends: both belong to the range. */
function toInstants({ from, to }: { from?: number; to?: number }): Record<string, string> {
  return {
    ...(from !== undefined && { from: new Date(from * 1000 - 999).toISOString() }),
    ...(to !== undefined && { to: new Date(to * 1000 + 999).toISOString() }),
  }
}

const NOTHING: AnsweredPage = {
  tasks: [],
  cursorAt: () => null,
  startCursor: null,
  endCursor: null,
  hasNext: true,
  hasPrevious: true,
  total: null,
  failed: new Set(['all']),
  sources: 1,
  calls: new Map(),
  flagCalls: 0,
  totalCalls: 0,
}

function isOutage(errors: readonly { extensions: Record<string, unknown> }[] = []): boolean {
  return errors.length > 0 && errors.every(({ extensions }) => extensions['code'] === 'UPSTREAM_UNAVAILABLE')
}

function answered(connection: Readonly<Record<string, unknown>>): AnsweredPage {
  const edges = list(connection['edges'])
  const info = record(connection['pageInfo'])
  const total = connection['totalCount']
  const sources = list(connection['sources'])
  return {
    tasks: edges.map(({ node }) => readTask(record(node))),
    cursorAt: (index) => text(edges[index]?.['cursor']),
    startCursor: text(info['startCursor']),
    endCursor: text(info['endCursor']),
    hasNext: info['hasNextPage'] === true,
    hasPrevious: info['hasPreviousPage'] === true,
    total: typeof total === 'number' ? total : null,
    failed: new Set(
      sources.filter(({ error }) => error !== null).map(({ source }) => placeName(readPlace(record(source)))),
    ),
    sources: sources.length,
    calls: new Map(),
    flagCalls: 0,
    totalCalls: 0,
  }
}

function readTask(node: Readonly<Record<string, unknown>>): AnsweredTask {
  return {
    ...readPlace(node),
    id: BigInt(String(text(node['taskId']))),
    start: second(node['startedAt']),
    end: second(node['endedAt']),
  }
}

function readPlace({
  provider,
  region,
}: Readonly<Record<string, unknown>>): Pick<AnsweredTask, 'service' | 'region'> {
  return { service: provider === 'CDB' ? 'cdb' : 'postgres', region: text(region) ?? '' }
}

function second(value: unknown): number | null {
  return typeof value === 'string' ? Date.parse(value) / 1000 : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : []
}
