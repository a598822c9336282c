import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Figures, Load } from './overload-question'
import { OverloadTally } from './overload-tally'

/** A program of its own: loads a gateway as it is told, and answers with the figures. */
const PAGE = 100
const CONNECTIONS = 256
const KEPT_MS = 60_000
const REFUSED_PAUSE_MS = 100
const FIRST_SECOND = Date.parse('2010-01-01T00:00:00Z') / 1000
const QUERY = `query ($from: DateTime!) { tasks(first: ${PAGE}, filter: { startedAt: { from: $from } }) {
  nodes { id provider taskId type status progress startedAt endedAt instances { id } }
  pageInfo { endCursor } sources { error { code } } } }`

let asked = 0

process.on('message', (load: Load) => void run(load).then((figures) => process.send?.(figures)))
process.once('disconnect', () => process.exit())

async function run(load: Load): Promise<Figures> {
  const pool = new Pool(load.url, { connections: null, pipelining: 1, keepAliveTimeout: KEPT_MS })
  await connect(pool)
  const tally = new OverloadTally(performance.now() + load.durationMs)
  if (load.kind === 'closed') await Promise.all(Array.from({ length: load.workers }, () => work(pool, tally)))
  else await arrive(pool, tally, load.perSecond, load.maxOpen)
  await pool.close()
  return tally.figures()
}

/** As a router keeps them: Node accepts one connection each time its loop goes round, which a late one seldom does. */
async function connect(pool: Pool): Promise<void> {
  const probe = async (): Promise<void> => {
    const { body } = await pool.request({ method: 'GET', path: '/healthz' })
    await body.dump()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, probe))
}

async function work(pool: Pool, tally: OverloadTally): Promise<void> {
  while (performance.now() < tally.endMs) if (!(await ask(pool, tally))) await sleep(REFUSED_PAUSE_MS)
}

/** What the timer is late is made up for. */
async function arrive(pool: Pool, tally: OverloadTally, perSecond: number, maxOpen: number): Promise<void> {
  const open = new Set<Promise<boolean>>()
  const beganMs = performance.now()
  let due = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = Math.min(performance.now(), tally.endMs)
      for (; due < ((nowMs - beganMs) * perSecond) / 1000; due++) {
        if (open.size >= maxOpen) {
          tally.notSent += 1
          continue
        }
        const answer = ask(pool, tally).finally(() => open.delete(answer))
        open.add(answer)
      }
      if (nowMs < tally.endMs) return
      clearInterval(timer)
      resolve()
    }, 5)
  })
  await Promise.all(open)
}

/** Whether there was an answer that is no refusal. A page that nobody has asked for before: no two begin at the same second. */
async function ask(pool: Pool, tally: OverloadTally): Promise<boolean> {
  const from = new Date((FIRST_SECOND + asked++) * 1000).toISOString()
  const beganMs = performance.now()
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUERY, variables: { from } }),
    })
    tally.add(statusCode, await body.text(), performance.now() - beganMs)
    return statusCode === 200
  } catch (error) {
    tally.fail(error)
    return false
  }
}
