import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keyEntry } from '../test/support/auth'
import { Answering } from './support/answering'
import { tell } from './support/emulator-control'
import { ATTACKS, LARGE_REGION, MOST } from './support/fairness-attacks'
import type { HostileFigures, HostileTask } from './support/fairness-hostile'
import type { OthersFigures, OthersTask } from './support/fairness-others'
import { REGION } from './support/live-load'
import { startGateway, startUpstream, type LiveGateway } from './support/live-processes'
import { ask } from '../test/support/gateway'

/**
 * One hostile caller beside ten that list and watch, attack by attack. Upstreams with their real quotas, gateway, hostile
 * caller and the others are processes of their own on loopback.
 */
const OTHERS = 10
const CALLER_RATE = 10
const MIB = 2 ** 20
const GOALS = { share: 0.95, answerMs: 1000, taskMs: 500, healthMs: 150, grownBytes: 10 * MIB }
const WARM_UP_SECONDS = 5
/** What takes longer than so often its time has stopped to answer. */
const PATIENCE = 3
const WATCHED = 50
const RUNNING = `query ($after: String) {
  tasks(first: 100, after: $after, filter: { statuses: [RUNNING], regions: ["${REGION}"] }) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
  }
}`

interface Parts {
  readonly gateway: LiveGateway
  readonly others: Answering
  readonly hostile: Answering
  readonly running: readonly string[]
}

async function main(seconds: number, only: string | undefined): Promise<boolean> {
  const attacks = Object.keys(ATTACKS).filter((name) => only === undefined || name.startsWith(`${only} `))
  setTimeout(
    () => {
      throw new Error('the measurement does not end')
    },
    ((attacks.length + 1) * (seconds + 20) + 60) * PATIENCE * 1000,
  ).unref()
  const folder = await mkdtemp(join(tmpdir(), 'fairness-'))
  const upstream = await startUpstream()
  await Promise.all(Array.from({ length: 95 }, () => tell(upstream, 'rows/insert', largeTask())))
  const gateway = await startGateway(upstream, await settings(folder, attacks))
  const support = (name: string) => new Answering(join(__dirname, 'support', name), {})
  const parts = {
    gateway,
    others: support('fairness-others.js'),
    hostile: support('fairness-hostile.js'),
    running: await runningTasks(gateway.url),
  }
  // What runs for the first time is slow, and stays in memory.
  await askOthers(parts, WARM_UP_SECONDS)
  const alone = await askOthers(parts, seconds)
  print(`without a hostile caller: ${describe(alone)}`)
  const verdicts: boolean[] = []
  for (const attack of attacks) verdicts.push(await measure(attack, alone, parts, seconds))
  print(
    `load of the machine: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  await Promise.all([parts.others.stop(), parts.hostile.stop()])
  await gateway.stop()
  await upstream.stop()
  await rm(folder, { recursive: true })
  return verdicts.every(Boolean)
}

/** Each attack has a key of its own, as who has overspent in one owes for the next. */
async function settings(folder: string, attacks: readonly string[]): Promise<Record<string, string>> {
  const file = join(folder, 'keys.json')
  const limited = (attack: string): object => (attack.startsWith('2 ') ? { accounts: [] } : {})
  const keys = [
    ...otherKeys().map((key) => keyEntry(key, key)),
    ...attacks.flatMap((attack) =>
      [firstKeyOf(attack), keyOf(attack)].map((key) => keyEntry(key, key, limited(attack))),
    ),
  ]
  await writeFile(file, JSON.stringify(keys))
  return {
    TASK_GATEWAY_AUTH: 'api-key',
    TASK_GATEWAY_API_KEYS_FILE: file,
    TASK_GATEWAY_CALLER_RATE: String(CALLER_RATE),
    TASK_GATEWAY_MAX_IN_FLIGHT: String(MOST.inFlight),
    TASK_GATEWAY_LIVE_CONNECTIONS: String(MOST.connections),
    TASK_GATEWAY_POSTGRES_REGIONS: `${REGION},${LARGE_REGION}`,
  }
}

function keyOf(attack: string): string {
  return `hostile-${attack.split(' ')[0] ?? ''}`
}

function firstKeyOf(attack: string): string {
  return `first-${keyOf(attack)}`
}

function otherKeys(): readonly string[] {
  return Array.from({ length: OTHERS }, (_, at) => `other-${at}`)
}

function largeTask(): object {
  const row = { StartTime: '2024-01-01 00:00:00', EndTime: '2024-01-01 00:01:00', Status: 'Success' }
  const Input = JSON.stringify({ text: 'x'.repeat(40_000) })
  return { service: 'postgres', region: LARGE_REGION, row: { ...row, TaskDetail: { Input } } }
}

/** Of all running tasks, so many that are spread evenly over the time in which each changes once. */
async function runningTasks(url: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | null = null, isLast = false; !isLast;) {
    const { body } = await ask(url, RUNNING, { after }, { 'x-api-key': otherKeys()[0] ?? '' })
    const { nodes, pageInfo } = (body.data as unknown as RunningPage).tasks
    ids.push(...nodes.map(({ id }) => id))
    ;[after, isLast] = [pageInfo.endCursor, !pageInfo.hasNextPage]
  }
  const step = Math.floor(ids.length / WATCHED)
  return ids.filter((_, at) => at % step === 0)
}

interface RunningPage {
  readonly tasks: {
    readonly nodes: readonly { readonly id: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

async function askOthers({ gateway, others, running }: Parts, seconds: number): Promise<OthersFigures> {
  const task: OthersTask = { url: gateway.url, keys: otherKeys(), running, seconds }
  return (await others.ask(task)) as OthersFigures
}

async function measure(
  attack: string,
  alone: OthersFigures,
  parts: Parts,
  seconds: number,
): Promise<boolean> {
  const { gateway, hostile, running } = parts
  const attackAs = (key: string, durationMs: number) => {
    const task: HostileTask = { attack, target: { url: gateway.url, key, running }, durationMs }
    return hostile.ask(task)
  }
  // What a first round leaves in memory is code and caches.
  await attackAs(firstKeyOf(attack), 1)
  const before = await gateway.holdings()
  const attacking = attackAs(keyOf(attack), (seconds + 2) * 1000)
  const figures = await askOthers(parts, seconds)
  const { rounds, codes } = (await attacking) as HostileFigures
  const after = await gateway.holdings()
  const grownBytes = after.bytes - before.bytes
  const share = Math.min(figures.lists / alone.lists, figures.states / alone.states)
  const { list, task: taskMs, connection, health } = figures.slowestMs
  const misses = [
    share < GOALS.share && 'goodput',
    Math.max(list, taskMs, connection) > GOALS.answerMs && 'longest answer',
    attack.startsWith('8 ') && taskMs > GOALS.taskMs && 'task(id)',
    health > GOALS.healthMs && '/healthz',
    grownBytes > GOALS.grownBytes && 'memory',
  ].filter((miss) => miss !== false)
  print(`${misses.length === 0 ? 'kept  ' : `MISSED (${misses.join(', ')})`} ${attack}
  others: goodput ${(share * 100).toFixed(1)} %; ${describe(figures)}
  memory: ${(grownBytes / MIB).toFixed(1)} MiB more; hostile: ${rounds} rounds, ${JSON.stringify(codes)}`)
  if (figures.problem !== null) print(`  a problem: ${figures.problem}`)
  return misses.length === 0
}

function describe({ lists, states, slowestMs }: OthersFigures): string {
  const longest = Object.entries(slowestMs).map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`)
  return `${lists.toFixed(1)} lists and ${states.toFixed(1)} states a second; longest ${longest.join(', ')}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, only: { type: 'string' } },
})
void main(Number(values.seconds), values.only).then((isKept) => {
  process.exitCode = isKept ? 0 : 1
})
