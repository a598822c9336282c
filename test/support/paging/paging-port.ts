import type { RowId } from '../../../src/emulator/world/row'
import type { ListQuestion } from '../../../src/tasks/plan'
import type { TaskPage } from '../../../src/tasks/list-tasks'
import type { DirectGateway, Place, SentCall } from './direct-gateway'

/** A task of a page, in the terms of the oracle. */
export interface AnsweredTask extends Place {
  readonly id: RowId
  readonly start: number | null
  readonly end: number | null
}

/** A page with everything that can be asked of it. */
export interface AnsweredPage {
  readonly tasks: readonly AnsweredTask[]
  cursorAt(index: number): string | null
  readonly startCursor: string | null
  readonly endCursor: string | null
  readonly hasNext: boolean
  readonly hasPrevious: boolean
  readonly total: number | null
  /** `cdb ap-guangzhou` and so on. */
  readonly failed: ReadonlySet<string>
  readonly sources: number
  /** Calls of the page itself, by list; empty where they are not counted. */
  readonly calls: ReadonlyMap<string, number>
  /** Calls that the two flags cost. */
  readonly flagCalls: number
  readonly totalCalls: number
}

/** Asks for a page of the gateway, however it is reached. */
export type AskPage = (question: ListQuestion, places: readonly Place[]) => Promise<AnsweredPage>

export function placeName({ service, region }: Place): string {
  return `${service} ${region}`
}

/** The core itself. */
export function askDirectly(gateway: DirectGateway): AskPage {
  return async (question, places) => {
    gateway.calls.length = 0
    const page = await gateway.list(question, places)
    const calls = byList(gateway.calls.splice(0))
    const [hasNext, hasPrevious] = [await page.hasNextPage(), await page.hasPreviousPage()]
    const flagCalls = gateway.calls.splice(0).length
    const total = await page.totalCount()
    const { most } = gateway.plan({ ...question, isCounted: true }, places).calls
    const asked =
      [...calls.values()].reduce((sum, count) => sum + count, 0) + flagCalls + gateway.calls.length
    if (asked > most) throw new Error(`the page took ${asked} calls, and was planned to take ${most} at most`)
    return { ...shown(page), hasNext, hasPrevious, total, calls, flagCalls, totalCalls: gateway.calls.length }
  }
}

function shown(page: TaskPage) {
  return {
    tasks: page.edges.map(({ task }): AnsweredTask => ({
      service: task.provider === 'CDB' ? 'cdb' : 'postgres',
      region: task.source.region ?? '',
      id: task.number,
      start: task.startSecond,
      end: task.endSecond,
    })),
    cursorAt: (index: number) => page.edges[index]?.cursor() ?? null,
    startCursor: page.startCursor(),
    endCursor: page.endCursor(),
    failed: new Set(
      page.sources
        .filter(({ isMissing }) => isMissing)
        .map(({ source: { key } }) =>
          placeName({ service: key.provider === 'CDB' ? 'cdb' : 'postgres', region: key.region ?? '' }),
        ),
    ),
    sources: page.sources.length,
  }
}

function byList(calls: readonly SentCall[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { service, region, parameters } of calls) {
    const instance = parameters['InstanceId'] ?? parameters['DBInstanceId']
    const list = `${service} ${region} ${typeof instance === 'string' ? instance : ''}`
    counts.set(list, (counts.get(list) ?? 0) + 1)
  }
  return counts
}
