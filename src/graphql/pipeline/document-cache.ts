import type { ApolloServerOptions } from '@apollo/server'
import { LRUCache } from 'lru-cache'
import type { DocumentNode } from 'graphql'

/** So many valid documents, of so many characters together; parsed, each character takes about ninety bytes. */
const BOUNDS = { max: 500, maxSize: 2 ** 19 }

/** Valid documents of both transports. Apollo's own cache would hold 30 MiB as it counts, and several times that in fact. */
export function createDocumentCache(): ApolloServerOptions<object>['documentStore'] & object {
  const documents = new LRUCache<string, DocumentNode>({
    ...BOUNDS,
    sizeCalculation: ({ loc }) => 1 + (loc?.source.body.length ?? 0),
  })
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => Promise.resolve(void documents.set(key, document)),
    delete: (key) => Promise.resolve(documents.delete(key)),
  }
}
