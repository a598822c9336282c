import { UNCACHED } from './comparison'
import { label } from './contestants'
import { digits, table } from './markdown'
import { MERGING, type SourcesResult } from './sources'

/** A row each, and for each number of sources what it did. */
export function sourcesTable(measured: readonly SourcesResult[]): string {
  const head = measured.flatMap(({ sources }) => [
    `${sources} ${sources === 1 ? 'source' : 'sources'}: requests/s`,
    '× (a)',
    'CPU ms',
    'calls',
  ])
  const rows = MERGING.map((contestant) => [
    label(contestant),
    ...measured.flatMap(({ comparison }) => {
      const { perSecond, cpuMs, calls } = comparison.of(contestant, UNCACHED)
      return [perSecond, comparison.speed(contestant, UNCACHED).median, cpuMs, calls].map(digits)
    }),
  ])
  const wrong = measured.flatMap(({ comparison }) =>
    MERGING.map((contestant) => comparison.wrong(contestant)),
  )
  return `${table(['', ...head], rows)}

Every question another one, 50 clients; one source is CDB in one region, the others are regions with both products. The gateway asks each for 30 rows and keeps what it needs to page
exactly; the peers ask for 20 and cannot page. (c) signs for one region alone, (d) is (a) here, (f) asks nobody. Wrong answers: ${wrong.reduce((total, one) => total + one, 0)}.`
}
