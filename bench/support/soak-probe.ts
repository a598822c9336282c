import { setImmediate } from 'node:timers/promises'

/** What a gateway holds once its garbage is gone. */
export interface Held {
  readonly heapBytes: number
  readonly rssBytes: number
  /** What keeps the process from ending, by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** Loaded into a gateway, which knows nothing of it: answers every message with what the process holds. */
process.on('message', () => void held().then((answer) => process.send?.(answer)))
process.once('disconnect', () => process.exit())
process.channel?.unref()

/** @throws Error without `--expose-gc` */
async function held(): Promise<Held> {
  if (globalThis.gc === undefined) throw new Error('start with --expose-gc')
  for (let count = 0; count < 3; count++) {
    globalThis.gc()
    // What was held weakly only goes with the next one.
    await setImmediate()
  }
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const { heapUsed, rss } = process.memoryUsage()
  return { heapBytes: heapUsed, rssBytes: rss, resources }
}
