import { ALONE_AFAR, SHARED, UNCACHED, UNCACHED_AFAR } from './comparison'
import { APOLLO, CACHED, GATEWAY, HIVE, MEMORY, REST, YOGA } from './contestants'
import type { LoadResult } from './loads'
import type { Measured } from './measured'
import type { Figures, Situation } from './turns'
import type { Contestant } from './contestants'

/** What is wanted, and what was measured. */
export interface Goal {
  readonly wanted: string
  readonly measured: string
  readonly isKept: boolean
}

const MIB = 1024 * 1024

/** Ratios within this one run. What was not measured is not judged. */
export function judge(measured: Measured): readonly Goal[] {
  return [...judgeComparison(measured), ...judgeLoads(measured), ...judgeProcesses(measured)]
}

function judgeComparison({ comparison }: Measured): readonly Goal[] {
  const least = (what: string, other: Contestant, situation: Situation, wanted: number): Goal => {
    const { median } = comparison.ratio(GATEWAY, other, situation, 'perSecond')
    return goal(`${what}: at least ${wanted} × (${other.key}) requests/s`, median, median >= wanted)
  }
  const most = (
    what: string,
    other: Contestant,
    situation: Situation,
    name: keyof Figures,
    wanted: number,
  ): Goal => {
    const { median } = comparison.ratio(GATEWAY, other, situation, name)
    return goal(`${what}: at most ${wanted} × (${other.key})`, median, median <= wanted)
  }
  const wrong = comparison.wrong(GATEWAY)
  return [
    { wanted: 'every answer of the comparison right', measured: `${wrong} wrong`, isKept: wrong === 0 },
    least('uncached, 50 clients', APOLLO, UNCACHED, 1.6),
    least('uncached, 50 clients', YOGA, UNCACHED, 1.1),
    most('uncached, CPU per query', APOLLO, UNCACHED, 'cpuMs', 0.6),
    most('uncached, CPU per query', HIVE, UNCACHED, 'cpuMs', 0.35),
    most('uncached, p50 at 30 ms upstream latency, 50 clients', REST, UNCACHED_AFAR, 'p50Ms', 1.05),
    ...(comparison.has(ALONE_AFAR) ? [most('the same with 1 client', REST, ALONE_AFAR, 'p50Ms', 1.05)] : []),
    least('shared, 50 clients', APOLLO, SHARED, 3),
    least('shared, 50 clients', MEMORY, SHARED, 1),
    least('shared, 50 clients, the moonshot', APOLLO, SHARED, 8),
  ]
}

function judgeLoads({ loads }: Measured): readonly Goal[] {
  const find = (load: LoadResult['load'], contestant: Contestant) =>
    loads?.find((one) => one.load === load && one.contestant === contestant)
  return (['herd', 'watch'] as const).flatMap((load) => {
    const [ours, theirs] = [find(load, GATEWAY), find(load, load === 'herd' ? CACHED : APOLLO)]
    if (ours === undefined || theirs === undefined) return []
    const share = theirs.calls / ours.calls
    return [
      {
        wanted: `${load}: every answer right`,
        measured: `${ours.asked - ours.wrong} of ${ours.asked}`,
        isKept: ours.wrong === 0,
      },
      {
        wanted: `${load}: at most 1/25 of the upstream calls of (${theirs.contestant.key})`,
        measured: `${ours.calls} to ${theirs.calls}: 1/${share.toFixed(1)}`,
        isKept: share >= 25,
      },
      {
        wanted: `${load}: no call rejected`,
        measured: String(ours.rejected),
        isKept: ours.rejected === 0,
      },
    ]
  })
}

function judgeProcesses({ starts }: Measured): readonly Goal[] {
  const find = (contestant: Contestant) => starts?.find((one) => one.contestant === contestant)
  const [ours, apollo, hive] = [find(GATEWAY), find(APOLLO), find(HIVE)]
  if (ours === undefined || apollo === undefined || hive === undefined) return []
  const cold = ours.coldStartMs / apollo.coldStartMs
  const mib = ours.loadedBytes / MIB
  const share = ours.loadedBytes / hive.loadedBytes
  return [
    goal('cold start: at most 1.3 × (a)', cold, cold <= 1.3),
    {
      wanted: 'memory at 500 clients: at most 200 MB',
      measured: `${((mib * MIB) / 1e6).toFixed(0)} MB`,
      isKept: mib * MIB <= 200e6,
    },
    goal('memory at 500 clients: at most 0.45 × (c)', share, share <= 0.45),
  ]
}

function goal(wanted: string, ratio: number, isKept: boolean): Goal {
  return { wanted, measured: `${ratio.toFixed(2)} ×`, isKept }
}
