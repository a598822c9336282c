import { APOLLO, GATEWAY, type Contestant } from './contestants'
import { digits, table } from './markdown'
import { MERGING, type SourcesResult } from './sources'
import { medians, ratio, type Result } from './turns'

/** A row each, and for each number of sources what it did. */
export function sourcesTable(measured: readonly SourcesResult[]): string {
  const head = measured.flatMap(({ sources }) => [
    `${sources} ${sources === 1 ? 'source' : 'sources'}: requests/s`,
    '× (a)',
    'CPU ms',
    'calls',
  ])
  const rows = MERGING.map((contestant) => [
    contestant === GATEWAY ? `**${contestant.name}**` : `(${contestant.key}) ${contestant.name}`,
    ...measured.flatMap((one) => {
      const [result, apollo] = [resultOf(one, contestant), resultOf(one, APOLLO)]
      const { perSecond, cpuMs, calls } = medians(result)
      return [perSecond, ratio(result, apollo, 'perSecond').median, cpuMs, calls].map(digits)
    }),
  ])
  const wrong = measured.flatMap(({ results }) =>
    results.flatMap(({ turns }) => turns.map((turn) => turn.wrong)),
  )
  return `${table(['', ...head], rows)}

Every question another one, 50 clients; one source is CDB in one region, the others are regions with both products. The gateway asks each for 30 rows and keeps what it needs to page
exactly; the peers ask for 20 and cannot page. (c) signs for one region alone, (d) is (a) here, (f) asks nobody. Wrong answers: ${wrong.reduce((total, one) => total + one, 0)}.`
}

function resultOf({ results }: SourcesResult, contestant: Contestant): Result {
  const found = results.find(({ server }) => server.contestant === contestant)
  if (found === undefined) throw new Error(`${contestant.name} was not measured with many sources`)
  return found
}
