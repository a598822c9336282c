import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './support/clients'
import { comeAndGo } from './support/live-churn'
import { Crowd, type Watched } from './support/live-crowd'
import { LATENCY_MS, RUNNING, SERVICES, type Holdings, type UpstreamReport } from './support/live-load'
import { startGateway, startUpstream, type LiveGateway, type LiveUpstream } from './support/live-processes'

/**
 * 10,000 subscriptions on 500 WebSockets watch 200 running tasks of each product, 40 of which change each second; then
 * 1,000 subscribers come and go. Upstream and gateway are processes of their own. `--churn` has them come and go for a
 * minute.
 */
const SOCKETS = 500
const EACH = 20
const SUBSCRIPTIONS = SOCKETS * EACH
const SECONDS = 30
const CHURN_SECONDS = process.argv.includes('--churn') ? 60 : 10
const CHURNING = 1000
const SETTLE_MS = 3000
/** A connection to an upstream that is not used is closed by then. */
const RETURN_MS = 30_000
/** What takes longer has stopped to answer. */
const PATIENCE_MS = 420_000
const MOST = {
  calls: 4,
  p99Ms: 1500 + LATENCY_MS,
  bytes: 10 * 1024,
  grownBytes: 3 * 2 ** 20,
}
const TASKS = `query ($after: String) {
  tasks(first: 100, after: $after, filter: { statuses: [RUNNING] }) {
    nodes { id provider taskId }
    pageInfo { hasNextPage endCursor }
  }
}`

interface Parts {
  readonly upstream: LiveUpstream
  readonly gateway: LiveGateway
  readonly watched: readonly Watched[]
}

void main()

async function main(): Promise<void> {
  setTimeout(() => {
    throw new Error('the measurement does not end')
  }, PATIENCE_MS).unref()
  const upstream = await startUpstream()
  const gateway = await startGateway(upstream, {
    TASK_GATEWAY_LIVE_CONNECTIONS: '2000',
    TASK_GATEWAY_CALLER_SHARE: '1',
  })
  const parts = { upstream, gateway, watched: await runningTasks(gateway) }
  // What runs for the first time is neither the cost of a subscription nor a leak.
  await comeAndGo(gateway.url, CHURNING / 10, 10, parts.watched)
  const results = [await measureMany(parts), await measureChurn(parts)]
  say(
    `load of the machine     ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  await gateway.stop()
  await upstream.stop()
  process.exitCode = results.every(Boolean) ? 0 : 1
}

async function measureMany({ upstream, gateway, watched }: Parts): Promise<boolean> {
  await sleep(SETTLE_MS)
  const before = await gateway.holdings()
  await upstream.ask('mark')
  const crowd = new Crowd(gateway.url)
  await crowd.open(SOCKETS, EACH, watched)
  const opening = await upstream.ask('mark')
  await sleep(SETTLE_MS)
  const full = await gateway.holdings()
  await sleep(SETTLE_MS)
  const { atMs } = await upstream.ask('mark')
  await sleep(SECONDS * 1000)
  const report = await upstream.ask('rest')
  await sleep(SETTLE_MS)
  const after = await gateway.holdings()
  const { delaysMs, outdated } = crowd.since(atMs, report.last)
  const bytes = (full.bytes - before.bytes) / SUBSCRIPTIONS
  const rssBytes = (full.rssBytes - before.rssBytes) / SUBSCRIPTIONS
  const p99Ms = percentile(delaysMs, 0.99)
  const lost = (report.changes * SUBSCRIPTIONS) / watched.length - delaysMs.length
  await crowd.close()
  await upstream.ask('move')
  say(`subscriptions           ${SUBSCRIPTIONS} on ${SOCKETS} sockets, ${bytes.toFixed(0)} bytes of heap each (at most ${MOST.bytes}), ${rssBytes.toFixed(0)} of the process
while they came         upstream calls ${callsOf(opening, 'count', 0)}
upstream calls          ${callsOf(report, 'perSecond', 2)} a second (at most ${MOST.calls}), most in any second ${callsOf(report, 'mostInASecond', 0)}
change to client        p50 ${percentile(delaysMs, 0.5).toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms (at most ${MOST.p99Ms}), worst ${percentile(delaysMs, 1).toFixed(0)} ms
deliveries              ${delaysMs.length} of ${report.changes} changes in ${SECONDS} s; lost ${lost}, stale ${crowd.stale}, subscriptions without the last state ${outdated}
processor               ${((after.cpuMs - full.cpuMs) / 10 / (SECONDS + 2 * (SETTLE_MS / 1000))).toFixed(0)} % of one`)
  const isLean = bytes <= MOST.bytes && SERVICES.every((name) => report.calls[name].perSecond <= MOST.calls)
  return isLean && p99Ms <= MOST.p99Ms && lost === 0 && crowd.stale === 0 && outdated === 0
}

async function measureChurn({ upstream, gateway, watched }: Parts): Promise<boolean> {
  await comeAndGo(gateway.url, CHURNING, 10, watched)
  await sleep(RETURN_MS)
  const before = await gateway.holdings()
  const came = await comeAndGo(gateway.url, CHURNING, CHURN_SECONDS, watched)
  await sleep(SETTLE_MS)
  await upstream.ask('mark')
  await sleep(RETURN_MS)
  const { calls } = await upstream.ask('mark')
  const after = await gateway.holdings()
  const later = SERVICES.reduce((sum, name) => sum + calls[name].count, 0)
  const grownBytes = after.bytes - before.bytes
  say(`came and went           ${came} in ${CHURN_SECONDS} s, ${CHURNING} at a time
before                  ${describe(before)}
afterwards              ${describe(after)}; heap ${mib(grownBytes)} MiB more (at most ${mib(MOST.grownBytes)}), upstream calls ${later}`)
  const isBack = after.timers <= before.timers && after.sockets <= before.sockets
  return isBack && grownBytes <= MOST.grownBytes && later === 0
}

async function runningTasks({ url }: LiveGateway): Promise<readonly Watched[]> {
  const watched: Watched[] = []
  let after: string | null = null
  do {
    const { nodes, pageInfo } = await page(url, after)
    for (const { id, provider, taskId } of nodes) watched.push({ id, name: `${provider} ${taskId}` })
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after !== null)
  if (watched.length === RUNNING * SERVICES.length) return watched
  throw new Error(`${watched.length} tasks are running`)
}

async function page(url: string, after: string | null) {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: TASKS, variables: { after } }),
  })
  const { data } = (await answer.json()) as {
    readonly data: {
      readonly tasks: {
        readonly nodes: readonly { readonly id: string; readonly provider: string; readonly taskId: string }[]
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
      }
    }
  }
  return data.tasks
}

function callsOf(
  { calls }: UpstreamReport,
  figure: keyof UpstreamReport['calls']['cdb'],
  digits: number,
): string {
  return SERVICES.map((name) => `${name} ${calls[name][figure].toFixed(digits)}`).join(', ')
}

function describe({ bytes, rssBytes, timers, sockets }: Holdings): string {
  return `heap ${mib(bytes)} MiB, process ${mib(rssBytes)} MiB, sockets ${sockets}, timers ${timers}`
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
