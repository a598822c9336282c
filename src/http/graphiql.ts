import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the built page lies. */
export interface GraphiqlOptions {
  /** The folder that `npm run build:graphiql` writes: `index.html` and `assets/`. */
  readonly root: string
}

const HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    // The editor writes its colours and positions into the page as it runs.
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

const NOT_BUILT =
  'The GraphiQL page has not been built: run "npm run build:graphiql". The API is at /graphql.\n'

/**
 * Fastify plugin: GraphiQL at `/graphiql`, every byte of it from `root`, and `/` leading there.
 * Without a build the page is a 503 that says how to make one; the rest of the server is none the worse.
 */
export async function graphiqlPage(app: FastifyInstance, { root }: GraphiqlOptions): Promise<void> {
  app.addHook('onRequest', withHeaders)
  app.get('/', (_request, reply) => reply.redirect('/graphiql'))
  await app.register(page, { prefix: '/graphiql', root })
}

async function page(app: FastifyInstance, { root }: GraphiqlOptions): Promise<void> {
  const html = await readFile(join(root, 'index.html'), 'utf8').catch(() => null)
  if (html === null) app.log.warn({ root }, NOT_BUILT.trim())
  app.get('/', (_request, reply) =>
    html === null
      ? plain(reply, 503, NOT_BUILT)
      : reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html),
  )
  app.setNotFoundHandler(nothing)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A path that climbs out of the folder is a 403 of the file server; it names nothing of ours either.
    if ((error.statusCode ?? 500) >= 500) throw error
    return nothing(request, reply)
  })
  if (html === null) return
  // A gateway without the page starts sooner without it.
  const { fastifyStatic } = await import('@fastify/static')
  // The names of these files carry a hash of what is in them.
  await app.register(fastifyStatic, {
    root: join(root, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
  })
}

function withHeaders(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  void reply.headers(HEADERS)
  done()
}

function nothing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return plain(reply, 404, `Nothing is served at ${request.url}\n`)
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(text)
}
