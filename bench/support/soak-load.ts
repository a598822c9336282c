import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { judge } from '../../test/support/fuzz/judge'
import type { SoakTally } from './soak-tally'

/** Sends requests of every kind, so many a second in turn, until it is stopped. */
export class SoakLoad {
  private readonly pool: Pool
  private readonly open = new Set<Promise<void>>()
  private readonly timer: NodeJS.Timeout
  private readonly ids: string[] = []
  private cursor: string | null = null
  private sent = 0

  constructor(
    url: string,
    perSecond: number,
    private readonly tally: SoakTally,
  ) {
    this.pool = new Pool(url, { connections: 64 })
    this.timer = setInterval(() => {
      const answer = this.askNext().finally(() => this.open.delete(answer))
      this.open.add(answer)
    }, 1000 / perSecond)
  }

  /** A task that was seen lately; null before there was one. */
  task(): string | null {
    return this.ids[Math.floor(Math.random() * this.ids.length)] ?? null
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await Promise.all(this.open)
    await this.pool.close()
    // Sockets are closed a moment later.
    await sleep(100)
  }

  private askNext(): Promise<void> {
    const kinds = Object.entries(QUESTIONS)
    const [kind, question] = kinds[this.sent++ % kinds.length] ?? []
    if (kind === undefined || question === undefined) throw new Error('there is nothing to ask')
    return this.ask(kind, question({ ids: this.ids, cursor: this.cursor, turn: this.sent }))
  }

  private async ask(kind: string, body: unknown): Promise<void> {
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await this.pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      const text = await answer.text()
      if (statusCode === 503 && text.includes('"OVERLOADED"')) {
        this.tally.add(kind, 'refused: OVERLOADED', false)
        return
      }
      const problem = judge({ status: statusCode, type: String(headers['content-type']), text }, [])
      this.tally.add(
        kind,
        problem ?? (text.includes('"code":"') ? 'with an error' : 'clean'),
        problem !== null,
      )
      if (problem === null) this.remember(text)
    } catch (error) {
      this.tally.add(kind, String(error), true)
    }
  }

  /** What can be asked about next. */
  private remember(text: string): void {
    for (const [, id] of text.matchAll(/"id":"([\w-]{20,}[\w=-]*)"/g)) if (id !== undefined) this.ids.push(id)
    this.ids.splice(0, this.ids.length - 100)
    this.cursor = /"endCursor":"([^"]+)"/.exec(text)?.[1] ?? this.cursor
  }
}

interface Known {
  readonly ids: readonly string[]
  readonly cursor: string | null
  readonly turn: number
}

const LIST = `nodes { id status type startedAt instances { id } } pageInfo { endCursor } totalCount
  sources { source { name state } error { code } }`
const INSTANCES = ['cdb-6kd9h71i', 'postgres-q6fj84vb', 'cdb-qlfpnobr']

const QUESTIONS: Readonly<Record<string, (known: Known) => unknown>> = {
  newest: () => ({ query: `{ tasks(first: 20) { ${LIST} } }` }),
  page: ({ cursor }) => ({
    query: `query ($after: String) { tasks(first: 20, after: $after) { ${LIST} } }`,
    variables: { after: cursor },
  }),
  filtered: ({ turn }) => ({
    query: `query ($from: DateTime!) { tasks(first: 50, filter: { statuses: [FAILED], startedAt: { from: $from } }) { ${LIST} } }`,
    variables: { from: new Date(Date.parse('2020-01-01T00:00:00Z') + turn * 1000).toISOString() },
  }),
  untold: () => ({
    query: '{ cdbTasks(first: 5) { nodes { id } } postgresTasks(first: 5) { nodes { id } } }',
  }),
  ids: ({ ids }) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Task { status message } } }',
    variables: { ids: ids.slice(-10) },
  }),
  entities: ({ ids, turn }) => ({
    query:
      'query ($all: [_Any!]!) { _entities(representations: $all) { ... on DatabaseInstance { id tasks(first: 3) { nodes { id } } } ... on CdbTask { id status } ... on PostgresTask { id status } } }',
    variables: {
      all: [
        { __typename: 'DatabaseInstance', id: INSTANCES[turn % INSTANCES.length] },
        ...ids.slice(-3).map((id) => ({ __typename: 'Task', id })),
      ],
    },
  }),
  'wrong argument': ({ turn }) => ({
    query: `{ tasks(first: ${turn % 2 === 0 ? -1 : 101}) { totalCount } }`,
  }),
  'wrong cursor': ({ turn }) => ({ query: `{ tasks(after: "made up ${turn}") { totalCount } }` }),
  'wrong id': ({ turn }) => ({ query: `{ task(id: "made up ${turn}") { id } }` }),
  'no field': ({ turn }) => ({ query: `{ nothing${turn} }` }),
  'no GraphQL': ({ turn }) => ({ query: `{ tasks(${'('.repeat(turn % 50)}` }),
  'no JSON': () => '{"query":',
}
