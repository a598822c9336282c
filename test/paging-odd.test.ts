import { OddTally, walkOdd } from './support/paging/odd-history'

const HISTORIES = 2000
/** Another one walks other histories; a failure names the seed of its history. */
const FIRST_SEED = Number(process.env['PAGING_SEED'] ?? 1)

describe('an upstream that lies', () => {
  it('loses no task in silence, gives none twice, costs two calls more at most, and is never our own fault', async () => {
    const tally = new OddTally()
    const broken: string[] = []
    for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      const walk = await walkOdd(seed)
      tally.add(walk)
      broken.push(...walk.problems.map((problem) => `${problem} (${walk.text})`))
    }
    process.stdout.write(`${tally.lines().join('\n')}\n`)
    expect(broken.slice(0, 5)).toEqual([])
  }, 300_000)
})
