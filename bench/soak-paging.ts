import { parseArgs } from 'node:util'
import { describeHistory, drawHistory } from '../test/support/paging/draw-history'
import { openHttpWalker } from '../test/support/paging/http-walker'
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

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      // Over HTTP, through a gateway that keeps answers; or through two that share them.
      cache: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
    },
  })
  const [histories, seed] = [Number(values.histories), Number(values.seed)]
  if (!values.redis) return soak(histories, seed, values.cache ? (option) => openHttpWalker(option) : direct)
  const redis = await startRedis()
  const isSound = await soak(histories, seed, (option) => openHttpWalker(option, redis))
  await redis.close()
  return isSound
}

void main().then((isSound) => {
  process.exitCode = isSound ? 0 : 1
})
