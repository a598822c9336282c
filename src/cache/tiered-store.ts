import type { Answer, AnswerStore } from './answer-store'
import { sizeOfJson } from './size-estimate'
import type { MemoryStore } from './memory-store'

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

export interface TieredStoreOptions<A extends Answer> {
  readonly memory: MemoryStore<A>
  readonly texts: SharedTexts
  /** How old an answer gets. */
  readonly ttlMs: number
  readonly write: (answer: A) => string
  /** An answer that was asked for then; null where the text is none. */
  readonly read: (text: string, askedAtMs: number) => A | null
  /** Unix milliseconds. */
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
}

/** How often a text is looked for that somebody else is bringing, and how many times. */
const LOOK_MS = 25
const LOOKS = 10
const HEAD = /^(\d+) (\d+)\n/

/** This process's answers before those of the other replicas. Who misses together asks the others once. */
export function createTieredStore<A extends Answer>(options: TieredStoreOptions<A>): AnswerStore<A> {
  const { memory, texts, write, now } = options
  const searches = new Map<string, Search<A>>()
  const search = (key: string, notBeforeMs: number): Search<A> => {
    const begun = { notBeforeMs, found: find(key, notBeforeMs, options) }
    searches.set(key, begun)
    void begun.found.finally(() => searches.get(key) === begun && searches.delete(key))
    return begun
  }
  return {
    get(key, notBeforeMs) {
      const own = memory.get(key)
      if (own !== null && own.askedAtMs >= notBeforeMs) return own
      const open = searches.get(key)
      const isOfUse = open !== undefined && open.notBeforeMs >= notBeforeMs
      return (isOfUse ? open : search(key, notBeforeMs)).found
    },
    set(key, answer, keepMs, bytes) {
      memory.set(key, answer, keepMs, bytes)
      // Clocks of replicas differ: what goes along is an age.
      const ageMs = Math.max(0, Math.ceil(now() - answer.askedAtMs))
      const leftMs = Math.floor(keepMs)
      texts.keep(key, `${ageMs} ${leftMs}\n${write(answer)}`, leftMs)
    },
    giveUp: (key) => texts.giveUp(key),
  }
}

interface Search<A> {
  readonly notBeforeMs: number
  readonly found: Promise<A | null>
}

async function find<A extends Answer>(
  key: string,
  notBeforeMs: number,
  options: TieredStoreOptions<A>,
): Promise<A | null> {
  const { texts, memory, ttlMs, now, sleep } = options
  for (let look = 0; look < LOOKS; look++) {
    // Taken before the question, so that the answer is rather taken for older than it is.
    const nowMs = now()
    const found = await texts.find(key, Math.max(1, Math.floor(notBeforeMs + ttlMs - nowMs)))
    if (found === 'lead') return null
    if (found !== 'wait') {
      const answer = readAged(found, nowMs, options)
      if (answer !== null) memory.set(key, answer, found.leftMs, sizeOfJson(answer.body.length))
      return answer
    }
    await sleep(LOOK_MS)
  }
  return null
}

function readAged<A extends Answer>(
  { text, leftMs }: { readonly text: string; readonly leftMs: number },
  nowMs: number,
  { read }: TieredStoreOptions<A>,
): A | null {
  const [head, ageMs, keptMs] = HEAD.exec(text) ?? []
  if (head === undefined) return null
  return read(text.slice(head.length), nowMs - Number(ageMs) - (Number(keptMs) - leftMs))
}
