import { SingleFlight } from '../lib/single-flight'
import type { UpstreamResponse } from '../upstream-call'
import { type MemoryStore, sizeOfJson } from './memory-store'
import type { ResponseStore } from './coalesce'

/** Where replicas leave texts for each other. */
export interface SharedTexts {
  /**
   * A text and how long it will be kept yet, if that is so long; `lead`: bring it; `wait`: somebody is bringing it.
   * Never rejects.
   */
  find(
    key: string,
    minLeftMs: number,
  ): Promise<{ readonly text: string; readonly leftMs: number } | 'lead' | 'wait'>
  /** Never throws. */
  keep(key: string, text: string, keepMs: number): void
  /** Who has the lead will not bring it; never throws. */
  giveUp(key: string): void
}

export interface TieredStoreOptions {
  readonly memory: MemoryStore<UpstreamResponse>
  readonly texts: SharedTexts
  /** How old an answer gets. */
  readonly ttlMs: number
  readonly write: (response: UpstreamResponse) => string
  /** An answer that was asked for then; null where the text is none. */
  readonly read: (text: string, askedAtMs: number) => UpstreamResponse | null
  /** Unix milliseconds. */
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
}

/** How often a text is looked for that somebody else is bringing, and how many times. */
const LOOK_MS = 25
const LOOKS = 10
const HEAD = /^(\d+) (\d+)\n/

/** This process's responses before those of the other replicas. Who misses together asks the others once. */
export function createTieredStore(options: TieredStoreOptions): ResponseStore {
  const { memory, texts, write, now } = options
  const searches = new SingleFlight<UpstreamResponse | null>()
  return {
    get(key, notBeforeMs) {
      const own = memory.get(key)
      if (own !== null && own.askedAtMs >= notBeforeMs) return own
      return searches.share(() => find(key, notBeforeMs, options), key, notBeforeMs, notBeforeMs)
    },
    set(key, response, keepMs, bytes) {
      memory.set(key, response, keepMs, bytes)
      // Clocks of replicas differ: what goes along is an age.
      const ageMs = Math.max(0, Math.ceil(now() - response.askedAtMs))
      const leftMs = Math.floor(keepMs)
      texts.keep(key, `${ageMs} ${leftMs}\n${write(response)}`, leftMs)
    },
    giveUp: (key) => texts.giveUp(key),
  }
}

async function find(
  key: string,
  notBeforeMs: number,
  options: TieredStoreOptions,
): Promise<UpstreamResponse | null> {
  const { texts, memory, ttlMs, now, sleep } = options
  for (let look = 0; look < LOOKS; look++) {
    // Taken before the question, so that the answer is rather taken for older than it is.
    const nowMs = now()
    const found = await texts.find(key, Math.max(1, Math.floor(notBeforeMs + ttlMs - nowMs)))
    if (found === 'lead') return null
    if (found !== 'wait') {
      const response = readAged(found, nowMs, options)
      if (response !== null) memory.set(key, response, found.leftMs, sizeOfJson(response.body.length))
      return response
    }
    await sleep(LOOK_MS)
  }
  return null
}

function readAged(
  { text, leftMs }: { readonly text: string; readonly leftMs: number },
  nowMs: number,
  { read }: TieredStoreOptions,
): UpstreamResponse | null {
  const [head, ageMs, keptMs] = HEAD.exec(text) ?? []
  if (head === undefined) return null
  return read(text.slice(head.length), nowMs - Number(ageMs) - (Number(keptMs) - leftMs))
}
