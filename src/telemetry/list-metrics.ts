import { Counter, type Registry } from 'prom-client'
import { labels, SOURCE, type SourceLabels } from './source-labels'

/** `code` is an error code, `time` the shape of a time. */
export type WordKind = 'status' | 'type' | 'time' | 'code'

/** What is wrong with the rows of upstream lists. */
export interface ListMetrics {
  /** The upstream sent a word that the gateway does not know. */
  unknownWord(provider: string, kind: WordKind): void
  /** A row without an id cannot be served. */
  rowLeftOut(source: SourceLabels): void
  /** An upstream's list was not in the order it promises. */
  listOutOfOrder(source: SourceLabels): void
  /** The rows that an upstream answered contradicted its own count of them. */
  listContradicted(source: SourceLabels): void
}

export function createListMetrics(registry: Registry): ListMetrics {
  const lists = register(registry)
  return {
    unknownWord: (provider, kind) => lists.unknownWords.inc({ provider, kind }),
    rowLeftOut: (source) => lists.rowsLeftOut.inc(labels(source)),
    listOutOfOrder: (source) => lists.outOfOrder.inc(labels(source)),
    listContradicted: (source) => lists.contradicted.inc(labels(source)),
  }
}

function register(registry: Registry) {
  const registers = [registry]
  return {
    unknownWords: new Counter({
      name: 'task_gateway_unknown_words_total',
      help: 'Words of an upstream that the gateway does not know: status, type, format of a time, error code',
      labelNames: ['provider', 'kind'],
      registers,
    }),
    rowsLeftOut: new Counter({
      name: 'task_gateway_rows_left_out_total',
      help: 'Rows without an id, which cannot be served',
      labelNames: SOURCE,
      registers,
    }),
    outOfOrder: new Counter({
      name: 'task_gateway_lists_out_of_order_total',
      help: 'Pages of upstream lists that were not in the order promised',
      labelNames: SOURCE,
      registers,
    }),
    contradicted: new Counter({
      name: 'task_gateway_lists_contradicted_total',
      help: 'Pages whose upstream answered more or fewer rows than it counted',
      labelNames: SOURCE,
      registers,
    }),
  }
}
