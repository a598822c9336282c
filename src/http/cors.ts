import type { FastifyCorsOptions } from '@fastify/cors'

/** What a page may send: who asks, and what shows that it was asked by a script. */
const ALLOWED_HEADERS = [
  'content-type',
  'authorization',
  'x-api-key',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'traceparent',
  'tracestate',
]
const PREFLIGHT_SECONDS = 600

/** Lets pages of these origins read what they ask, and no others; cookies play no part. */
export function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin(origin, decide) {
      decide(null, origin !== undefined && origins.includes(origin) ? origin : false)
    },
    methods: ['GET', 'POST'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: ['retry-after'],
    credentials: false,
    maxAge: PREFLIGHT_SECONDS,
    // An OPTIONS request that is no preflight gets 405, as on every route.
    strictPreflight: false,
  }
}
