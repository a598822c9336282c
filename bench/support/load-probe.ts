import { openSync, readSync } from 'node:fs'
import { GCProfiler } from 'node:v8'

/** What one request made the gateway do. */
export interface Load {
  readonly cpuMs: number
  /** The longest time for which the event loop was held. */
  readonly heldMs: number
  /** The most of heap and external memory together beyond what was held before, garbage included. */
  readonly peakBytes: number
}

/** A whole collection of garbage before the measurement takes longer than most requests. */
export type Before = 'begin' | 'begin exactly'

const US_PER_MS = 1e3
const NS_PER_MS = 1e6

/** Loaded into a gateway, which knows nothing of it: measures from one of these messages to the message `end`. */
let endLoad: () => Load = () => ({ cpuMs: 0, heldMs: 0, peakBytes: 0 })
let [lastMs, longestMs] = [0, 0]

const schedule = openSchedule()
setInterval(measureTurn, 1).unref()
process.on('message', (message) => {
  measureTurn()
  if (message === 'end') process.send?.(endLoad())
  else {
    endLoad = beginLoad(message === ('begin exactly' satisfies Before))
    process.send?.(heldBytes())
  }
})
process.once('disconnect', () => process.exit())
process.channel?.unref()

function beginLoad(isExact: boolean): () => Load {
  globalThis.gc?.({ type: isExact ? 'major' : 'minor' })
  const baseline = heldBytes()
  // Memory only grows between two collections, so that what there is before each and at the end has the peak.
  const collections = new GCProfiler()
  collections.start()
  const cpu = process.cpuUsage()
  measureTurn()
  longestMs = 0
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const peaks = collections
      .stop()
      .statistics.map(
        ({ beforeGC: { heapStatistics } }) => heapStatistics.usedHeapSize + heapStatistics.externalMemory,
      )
    const peakBytes = Math.max(heldBytes(), ...peaks) - baseline
    return { cpuMs: (user + system) / US_PER_MS, heldMs: longestMs, peakBytes }
  }
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Time for which other processes had the core is not the gateway's. */
function measureTurn(): void {
  const ownMs = performance.now() - waitedMs()
  longestMs = Math.max(longestMs, ownMs - lastMs)
  lastMs = ownMs
}

/** How long the main thread has waited for a core; 0 if the system does not report it. */
function waitedMs(): number {
  if (schedule === null) return 0
  const { file, buffer } = schedule
  const [, waitedNs = '0'] = buffer
    .toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))
    .split(' ')
  return Number(waitedNs) / NS_PER_MS
}

function openSchedule(): { readonly file: number; readonly buffer: Buffer } | null {
  try {
    return { file: openSync(`/proc/self/task/${process.pid}/schedstat`, 'r'), buffer: Buffer.alloc(64) }
  } catch {
    return null
  }
}
