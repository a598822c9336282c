import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { RawSocket } from '../../test/support/raw-socket'
import { everySecond } from './clients'

/** What the other callers are to do, each with a key of its own. */
export interface OthersTask {
  readonly url: string
  readonly keys: readonly string[]
  /** Ids of tasks that are running and change. */
  readonly running: readonly string[]
  readonly seconds: number
}

export interface OthersFigures {
  /** Lists without an error, a second. */
  readonly lists: number
  /** States of watched tasks, a second. */
  readonly states: number
  /** What came that was no list, at first. */
  readonly problem: string | null
  readonly slowestMs: Readonly<Record<'list' | 'task' | 'connection' | 'health', number>>
}

/** A program of its own: callers that list and watch, and ask whether the gateway lives. */
const EACH_WATCHES = 4
const HEALTH_EVERY_MS = 50
const LIST = `query ($filter: TaskFilter) { tasks(first: 20, filter: $filter) {
  nodes { id provider taskId type status progress } sources { error { code } } } }`
const TASK = 'query ($id: ID!) { task(id: $id) { id status } }'
const WATCH = 'subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id message } }'
const FIRST_SECOND = Date.parse('2010-01-01T00:00:00Z') / 1000

process.on('message', (task: OthersTask) => void run(task).then((figures) => process.send?.(figures)))
process.once('disconnect', () => process.exit())

/** The keys of this process never ask the same twice. */
let asked = 0

async function run({ url, keys, running, seconds }: OthersTask): Promise<OthersFigures> {
  const pool = new Pool(url, { connections: 40, pipelining: 1 })
  const slowestMs = { list: 0, task: 0, connection: 0, health: 0 }
  let [lists, states, isOver, problem] = [0, 0, false, null as string | null]
  const timed = async <T>(what: keyof typeof slowestMs, act: () => Promise<T>): Promise<T> => {
    const beganMs = performance.now()
    const result = await act()
    slowestMs[what] = Math.max(slowestMs[what], performance.now() - beganMs)
    return result
  }
  const post = async (key: string, query: string, variables: object): Promise<string> => {
    const { body } = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query, variables }),
    })
    return body.text()
  }
  const check = (text: string): boolean => {
    const isGood = text.includes('"data":{') && !text.includes('"code"')
    if (!isGood) problem ??= text.slice(0, 300)
    return isGood
  }
  const sockets = await Promise.all(
    keys.map(async (key, at) => {
      const socket = await RawSocket.enter(url, { apiKey: key })
      socket.subscribe('1', WATCH, { ids: running.slice(at * EACH_WATCHES, (at + 1) * EACH_WATCHES) })
      return socket
    }),
  )
  // The first states have come when this begins.
  await sleep(2000)
  const before = sockets.map(({ messages }) => messages.length)
  const health = async (): Promise<void> => {
    while (!isOver) {
      const { body } = await timed('health', () => pool.request({ method: 'GET', path: '/healthz' }))
      await body.dump()
      await sleep(HEALTH_EVERY_MS)
    }
  }
  const probing = health()
  const sinceMs = performance.now()
  await everySecond(keys.length, seconds, async (client) => {
    const key = keys[client] ?? ''
    const from = new Date((FIRST_SECOND + asked++) * 1000).toISOString()
    const filter = { startedAt: { from }, regions: ['ap-guangzhou'] }
    if (check(await timed('list', () => post(key, LIST, { filter })))) lists += 1
    // One of them also looks a task up, and connects anew.
    if (client > 0) return
    const id = running[(keys.length * EACH_WATCHES + asked) % running.length]
    check(await timed('task', () => post(key, TASK, { id })))
    await (await timed('connection', () => RawSocket.enter(url, { apiKey: key }))).close()
  })
  const tookSeconds = (performance.now() - sinceMs) / 1000
  isOver = true
  for (const [at, { messages }] of sockets.entries()) states += messages.length - (before[at] ?? 0)
  await probing
  await Promise.all(sockets.map((socket) => socket.close()))
  await pool.close()
  return { lists: lists / tookSeconds, states: states / tookSeconds, problem, slowestMs }
}
