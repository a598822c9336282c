import { describeHistory, drawHistory } from './support/paging/draw-history'
import { OPTIONS } from './support/paging/options'
import { Tally } from './support/paging/tally'
import { walkDirectly } from './support/paging/walk-history'

const HISTORIES = 212
/** Another one walks other histories; a failure names the seed of its history. */
const FIRST_SEED = Number(process.env['PAGING_SEED'] ?? 1)

describe('a walk through lists that move', () => {
  const tally = new Tally()

  it.each(OPTIONS)(
    'gives every task once, in order, and tells the truth about what is left: $name',
    async (option) => {
      const broken: string[] = []
      for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
        const history = drawHistory(seed, option)
        const walked = await walkDirectly(history)
        tally.add(walked)
        for (const { kind, text } of walked.problems)
          broken.push(`${kind}: ${text} (${describeHistory(history)})`)
      }
      expect(broken.slice(0, 5)).toEqual([])
    },
    120_000,
  )

  it('costs one call for each page and list while nothing moves, and hardly more at two changes a page', () => {
    process.stdout.write(`${tally.lines().join('\n')}\n`)
    expect(tally.callsPerPage('still', 'STARTED_AT')).toBeLessThan(1.03)
    expect(tally.callsPerPage('two', 'STARTED_AT')).toBeLessThanOrEqual(1.1)
    expect(tally.callsPerPage('wild', 'STARTED_AT')).toBeLessThanOrEqual(1.1)
  })
})
