import type { Log } from './log'
import type { WordKind } from './list-metrics'
import type { Metrics } from './metrics'

export type WordReport = (provider: string, kind: WordKind, word: string) => void

const REMEMBERED_WORDS = 1000
const WORD_CHARACTERS = 100

/** Counts words that a vocabulary lacks, and logs each once; past a thousand words it only counts. */
export function createWordReport(log: Pick<Log, 'warn'>, metrics: Pick<Metrics, 'unknownWord'>): WordReport {
  const seen = new Set<string>()
  return (provider, kind, word) => {
    metrics.unknownWord(provider, kind)
    const text = word.slice(0, WORD_CHARACTERS)
    const key = `${provider}\n${kind}\n${text}`
    if (seen.has(key) || seen.size >= REMEMBERED_WORDS) return
    seen.add(key)
    log.warn({ provider, kind, word: text }, 'the upstream sent a word that the gateway does not know')
  }
}
