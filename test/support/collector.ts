import { createServer } from 'node:http'
import { once } from 'node:events'
import { at, listAt, textAt } from './answer'

/** A span as a collector gets it. */
export interface SentSpan {
  readonly name: string
  readonly kind: unknown
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly statusCode: unknown
}

/** Receives OTLP over HTTP. */
export interface Collector {
  readonly url: string
  /** Bodies as they came. */
  readonly bodies: readonly { readonly path: string; readonly contentType: string; readonly text: string }[]
  /** Of the bodies that are JSON. */
  spans(): readonly SentSpan[]
  close(): void
}

export async function startCollector(): Promise<Collector> {
  const bodies: { path: string; contentType: string; text: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const contentType = request.headers['content-type'] ?? ''
      bodies.push({ path: request.url ?? '', contentType, text: Buffer.concat(chunks).toString() })
      response.writeHead(200, { 'content-type': contentType }).end(contentType.includes('json') ? '{}' : '')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? '') : ''}`,
    bodies,
    spans: () => bodies.flatMap(({ text }) => spansOf(JSON.parse(text))),
    close: () => server.close().closeAllConnections(),
  }
}

function spansOf(body: unknown): readonly SentSpan[] {
  return listAt(body, 'resourceSpans').flatMap((resource) =>
    listAt(resource, 'scopeSpans').flatMap((scope) => listAt(scope, 'spans').map(toSpan)),
  )
}

function toSpan(span: unknown): SentSpan {
  const parent = at(span, 'parentSpanId')
  return {
    name: textAt(span, 'name'),
    kind: at(span, 'kind'),
    traceId: textAt(span, 'traceId'),
    spanId: textAt(span, 'spanId'),
    parentSpanId: typeof parent === 'string' ? parent : '',
    attributes: Object.fromEntries(
      listAt(span, 'attributes').map((entry) => [
        textAt(entry, 'key'),
        Object.values(at(entry, 'value') as object)[0] as unknown,
      ]),
    ),
    statusCode: at(span, 'status', 'code'),
  }
}
