import type { Answer, AnswerStore } from './answer-store'
import { jsonBytes } from './json-bytes'
import type { MemoryStore } from './memory-store'

/** Where replicas leave texts for each other. */
export interface SharedTexts {
  /** A text and how long it will be kept yet; `lead`: bring it; `wait`: somebody is bringing it. Never rejects. */
  find(key: string): Promise<{ readonly text: string; readonly leftMs: number } | 'lead' | 'wait'>
  /** Never throws. */
  keep(key: string, text: string, keepMs: number): void
}

export interface TieredStoreOptions<A extends Answer> {
  readonly memory: MemoryStore<A>
  readonly texts: SharedTexts
  readonly write: (answer: A) => string
  /** Null where the text is no answer. */
  readonly read: (text: string) => A | null
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
  const searches = new Map<string, Promise<A | null>>()
  const search = async (key: string): Promise<A | null> => {
    try {
      return await find(key, options)
    } finally {
      searches.delete(key)
    }
  }
  return {
    get(key) {
      const own = memory.get(key)
      if (own !== null) return own
      const open = searches.get(key) ?? search(key)
      searches.set(key, open)
      return open
    },
    set(key, answer, keepMs, bytes) {
      memory.set(key, answer, keepMs, bytes)
      // Clocks of replicas differ: what goes along is an age.
      const ageMs = Math.max(0, Math.ceil(now() - answer.askedAtMs))
      const leftMs = Math.floor(keepMs)
      texts.keep(key, `${ageMs} ${leftMs}\n${write(answer)}`, leftMs)
    },
  }
}

async function find<A extends Answer>(key: string, options: TieredStoreOptions<A>): Promise<A | null> {
  const { texts, memory, now, sleep } = options
  for (let look = 0; look < LOOKS; look++) {
    // Taken before the question, so that the answer is rather taken for older than it is.
    const nowMs = now()
    const found = await texts.find(key)
    if (found === 'lead') return null
    if (found !== 'wait') {
      const answer = readAged(found, nowMs, options)
      if (answer !== null) memory.set(key, answer, found.leftMs, jsonBytes(answer))
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
  const answer = read(text.slice(head.length))
  return answer === null ? null : { ...answer, askedAtMs: nowMs - Number(ageMs) - (Number(keptMs) - leftMs) }
}
