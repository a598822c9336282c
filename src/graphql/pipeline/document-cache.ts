import type { ApolloServerOptions } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** So many valid documents, of so many characters together; parsed they take about ninety bytes for each. */
const BOUNDS = { max: 500, maxSize: 2 ** 19 }

/** Valid documents by a key of their text. */
export type KeptDocuments = LRUCache<string, DocumentNode>

export function createKeptDocuments(): KeptDocuments {
  return new LRUCache({ ...BOUNDS, sizeCalculation: ({ loc }) => 1 + (loc?.source.body.length ?? 0) })
}

/** As Apollo takes it; its own would hold 30 MiB as it counts them, and several times that as they are. */
export function createDocumentStore(): ApolloServerOptions<object>['documentStore'] & object {
  const kept = createKeptDocuments()
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, document) => Promise.resolve(void kept.set(key, document)),
    delete: (key) => Promise.resolve(kept.delete(key)),
  }
}
