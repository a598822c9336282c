import { setImmediate } from 'node:timers/promises'
import type { Holdings } from './live-load'

/** Loaded into a gateway, which knows nothing of it: answers every message with what the process holds. */
process.on('message', () => void holdings().then((answer) => process.send?.(answer)))
process.once('disconnect', () => process.exit())
process.channel?.unref()

/** @throws Error without `--expose-gc` */
async function holdings(): Promise<Holdings> {
  if (globalThis.gc === undefined) throw new Error('start with --expose-gc')
  const { user, system } = process.cpuUsage()
  for (let count = 0; count < 4; count++) {
    globalThis.gc()
    // What was held weakly only goes with the next one.
    await setImmediate()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const active = process.getActiveResourcesInfo()
  const count = (kind: string): number => active.filter((name) => name === kind).length
  return {
    bytes: heapUsed + external,
    rssBytes: rss,
    timers: count('Timeout'),
    sockets: count('TCPSocketWrap'),
    cpuMs: (user + system) / 1000,
  }
}
