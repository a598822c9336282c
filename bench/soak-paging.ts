import { parseArgs } from 'node:util'
import { describeHistory, drawHistory } from '../test/support/paging/draw-history'
import { openHttpWalker } from '../test/support/paging/http-walker'
import { OddTally, walkOdd } from '../test/support/paging/odd-history'
import { OPTIONS, type UpstreamOption } from '../test/support/paging/options'
import { Tally } from '../test/support/paging/tally'
import { walkDirectly, type WalkedHistory } from '../test/support/paging/walk-history'
import { startRedis } from '../test/support/redis'

/** Walks the history of a seed, and lets go of what it needs for it. */
interface Walker {
  walk(seed: number): Promise<WalkedHistory>
  close(): Promise<void>
}

/** Walks many random histories of moving lists, spread over the ways in which the upstreams may behave. */
async function soak(
  histories: number,
  firstSeed: number,
  open: (option: UpstreamOption) => Promise<Walker>,
): Promise<boolean> {
  const tally = new Tally()
  let isSound = true
  for (const [at, option] of OPTIONS.entries()) {
    const walker = await open(option)
    for (let index = at; index < histories; index += OPTIONS.length) {
      const walked = await walker.walk(firstSeed + Math.floor(index / OPTIONS.length))
      tally.add(walked)
      for (const { kind, text } of walked.problems.slice(0, 2))
        console.log(`${kind}: ${text} (${describeHistory(walked.history)})`)
      if (walked.problems.length > 0) isSound = false
    }
    await walker.close()
  }
  for (const line of tally.lines()) console.log(line)
  return isSound
}

const direct = (option: UpstreamOption): Promise<Walker> =>
  Promise.resolve({
    walk: (seed) => walkDirectly(drawHistory(seed, option)),
    close: () => Promise.resolve(),
  })

/** Walks many random histories of upstreams that lie; shows the figures as they grow. */
async function soakOdd(histories: number, firstSeed: number): Promise<boolean> {
  const tally = new OddTally()
  let isSound = true
  for (let index = 0; index < histories; index++) {
    const walk = await walkOdd(firstSeed + index)
    tally.add(walk)
    for (const problem of walk.problems.slice(0, 2)) console.log(`${problem} (${walk.text})`)
    if (walk.problems.length > 0) isSound = false
    if ((index + 1) % 1000 === 0) console.log(tally.lines()[0])
  }
  for (const line of tally.lines()) console.log(line)
  return isSound
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      // Over HTTP, through a gateway that keeps answers; or through two that share them.
      cache: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
      // Upstreams whose counts lie, whose answers are capped, and whose rows are too large.
      odd: { type: 'boolean', default: false },
    },
  })
  const [histories, seed] = [Number(values.histories), Number(values.seed)]
  if (values.odd) return soakOdd(histories, seed)
  if (!values.redis) return soak(histories, seed, values.cache ? (option) => openHttpWalker(option) : direct)
  const redis = await startRedis()
  const isSound = await soak(histories, seed, (option) => openHttpWalker(option, redis))
  await redis.close()
  return isSound
}

void main().then((isSound) => {
  process.exitCode = isSound ? 0 : 1
})
