import { cpus, loadavg } from 'node:os'
import { SHARED, UNCACHED } from './comparison'
import { CONTESTANTS, GATEWAY, label, REST } from './contestants'
import { judge } from './goals'
import { growthTable } from './growth-table'
import { digits, table } from './markdown'
import type { Measured } from './measured'
import { IS_PINNED } from './pinning'
import { sourcesTable } from './sources-table'
import { LEAD_MS, type Situation } from './turns'

const MB = 1e6

/** The whole run as Markdown. */
export function report(measured: Measured): string {
  return [
    `# The gateway beside its peers\n\n${conditions(measured)}`,
    `## Who is compared\n\n${contestants()}`,
    `## Uncached: every question another one, 50 clients\n\n${main(measured, UNCACHED)}\n\n${limits(measured)}`,
    `## Shared: all questions equal, 50 clients\n\n${main(measured, SHARED)}\n\n${wrongAnswers(measured)}`,
    `## Requests a second, p50 and p99 in ms\n\n${everywhere(measured)}`,
    measured.sources && `## More sources\n\n${sourcesTable(measured.sources)}`,
    measured.starts && `## Processes\n\n${processes(measured.starts)}`,
    measured.loads && `## Upstream calls under the cloud's quotas\n\n${loads(measured.loads)}`,
    measured.growth && `## How cost grows\n\n${growthTable(measured.growth)}`,
    measured.micro && `## Small work\n\n${micro(measured.micro)}`,
    measured.subscriptions &&
      `## Subscriptions (the peers have none)\n\n\`\`\`\n${measured.subscriptions}\n\`\`\``,
    `## Goals\n\n${goals(measured)}`,
  ]
    .filter((part) => typeof part === 'string')
    .join('\n\n')
    .concat('\n')
}

function conditions({ options }: Measured): string {
  const cores = IS_PINNED
    ? 'whoever is measured has one core, the loader and the emulator share the rest'
    : 'the processes share all cores'
  return `Written by \`npm run bench${options.quick ? ' -- --quick' : ''}\`: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; ${cores}.
Each is a process of its own and runs with \`NODE_ENV=production\` and kept connections, in front of one emulator of both APIs. They
take turns of ${options.turnMs / 1000} s, before each ${LEAD_MS / 1000} s that do not count, ${options.rounds} rounds where 50 clients ask; figures are medians, ratios are medians of the rounds (lowest to highest). Every
answer is compared with what the upstreams hold: the newest 20 tasks of both. Quotas are lifted, logs go nowhere.
Load of the machine at the end (1, 5, 15 minutes; idle but for the benchmark it is below 2.5): ${loadavg().map(digits).join(', ')}.`
}

function contestants(): string {
  return table(
    ['', 'who', 'does, and does not'],
    CONTESTANTS.map(({ key, name, note, isFloor }) => [key, isFloor ? `*${name}*` : name, note]),
  ).concat('\n\nFloors stand in italics: they show a limit, and are no alternative.')
}

function main({ comparison }: Measured, situation: Situation): string {
  return table(
    ['', 'requests/s', '× (a)', 'p50 ms', 'p99 ms', 'CPU ms a query', 'upstream calls a query', 'core used'],
    CONTESTANTS.map((contestant) => {
      const figures = comparison.of(contestant, situation)
      const { median, lowest, highest } = comparison.speed(contestant, situation)
      const { perSecond, p50Ms, p99Ms, cpuMs, calls, busy } = figures
      return [
        label(contestant),
        digits(perSecond),
        `${median.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`,
        ...[p50Ms, p99Ms, cpuMs, calls].map(digits),
        `${Math.min(100, busy * 100).toFixed(0)} %`,
      ]
    }),
  )
}

function wrongAnswers({ comparison }: Measured): string {
  const told = CONTESTANTS.map((contestant) => [contestant, comparison.wrong(contestant)] as const)
    .filter(([, wrong]) => wrong > 0)
    .map(([contestant, wrong]) => `${label(contestant)} ${wrong}`)
  return `Wrong answers in all turns: ${told.length === 0 ? 'none' : told.join(', ')}.`
}

/** Who asks and who answers upstream must not be what is measured. */
function limits({ comparison }: Measured): string {
  const { cpuMs, upstreamCpuMs, loaderCpuMs, busy } = comparison.of(REST, UNCACHED)
  const ours = comparison.of(GATEWAY, UNCACHED)
  return `For one answer of the fastest uncached peer, (e), it computes ${digits(cpuMs)} ms, the emulator ${digits(upstreamCpuMs)} ms (two calls) and the loader ${digits(loaderCpuMs)} ms; at the gateway ${digits(ours.cpuMs)}, ${digits(ours.upstreamCpuMs)} and ${digits(ours.loaderCpuMs)} ms.
Where less of its core is used than all (${(busy * 100).toFixed(0)} % at (e)), the emulator, the loader or another program of the machine was waited for, and CPU a query tells more than requests/s.`
}

function everywhere({ comparison }: Measured): string {
  const { situations } = comparison
  return table(
    [
      '',
      ...situations.map(
        (one) =>
          `${one.questions}, ${one.clients} ${one.clients === 1 ? 'client' : 'clients'}, ${one.latencyMs} ms`,
      ),
    ],
    CONTESTANTS.map((contestant) => [
      label(contestant),
      ...situations.map((situation) => {
        const { perSecond, p50Ms, p99Ms } = comparison.of(contestant, situation)
        return [perSecond, p50Ms, p99Ms].map(digits).join(' · ')
      }),
    ]),
  )
}

function processes(starts: NonNullable<Measured['starts']>): string {
  return table(
    ['', 'start to first right answer, ms', 'memory then, MB', 'most memory, 500 clients, MB'],
    starts.map(({ contestant, coldStartMs, startedBytes, loadedBytes }) => [
      label(contestant),
      digits(coldStartMs),
      digits(startedBytes / MB),
      digits(loadedBytes / MB),
    ]),
  )
}

function loads(results: NonNullable<Measured['loads']>): string {
  return table(
    ['', 'asked', 'wrong or refused', 'upstream calls', 'rejected upstream'],
    results.map(({ load, contestant, asked, wrong, calls, rejected }) => [
      `${load}: ${label(contestant)}`,
      ...[asked, wrong, calls, rejected],
    ]),
  ).concat(
    '\n\nHerd: 1,000 clients list the newest tasks once a second for 10 s while tasks start and end. Watch: 200 clients ask for one running task each. Quotas 50 and 20 a second, 30 ms latency.',
  )
}

function micro(works: NonNullable<Measured['micro']>): string {
  return table(
    ['work', 'µs'],
    works.map(({ work, microseconds }) => [work, digits(microseconds)]),
  )
}

function goals(measured: Measured): string {
  return table(
    ['goal', 'measured', ''],
    judge(measured).map(({ wanted, measured: figure, isKept }) => [
      wanted,
      figure,
      isKept ? 'kept' : '**missed**',
    ]),
  )
}
