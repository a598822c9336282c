import { parseArgs } from 'node:util'
import { describeHistory, drawHistory } from '../test/support/paging/draw-history'
import { OPTIONS } from '../test/support/paging/options'
import { Tally } from '../test/support/paging/tally'
import { walkDirectly } from '../test/support/paging/walk-history'

/** Walks many random histories of moving lists, spread over the ways in which the upstreams may behave. */
async function soak(histories: number, firstSeed: number): Promise<boolean> {
  const tally = new Tally()
  let isSound = true
  for (let index = 0; index < histories; index++) {
    const option = OPTIONS[index % OPTIONS.length]
    if (option === undefined) continue
    const history = drawHistory(firstSeed + Math.floor(index / OPTIONS.length), option)
    const walked = await walkDirectly(history)
    tally.add(walked)
    for (const { kind, text } of walked.problems.slice(0, 2))
      console.log(`${kind}: ${text} (${describeHistory(history)})`)
    if (walked.problems.length > 0) isSound = false
  }
  for (const line of tally.lines()) console.log(line)
  return isSound
}

const { values } = parseArgs({
  options: { histories: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
})
void soak(Number(values.histories), Number(values.seed)).then((isSound) => {
  process.exitCode = isSound ? 0 : 1
})
