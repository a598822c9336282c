import type { ServerResponse } from 'node:http'
import type { WireAnswer } from '../world/world'
import type { Sleep } from './clock'
import type { Fault } from './faults'
import { writeJson, type WriteAnswer } from './json'

const FILLER = Buffer.alloc(65_536, 'x')

/** How an answer goes out. */
export interface Exchange {
  readonly response: ServerResponse
  readonly sleep: Sleep
  readonly write: WriteAnswer
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
}

/** Sends the answer, or what the fault makes of it. */
export async function respond(exchange: Exchange, answer: WireAnswer, fault: Fault | null): Promise<void> {
  const { response, sleep, signal, write } = exchange
  switch (fault?.kind) {
    case undefined:
      sendJson(response, write(answer))
      break
    case 'reset':
      response.socket?.resetAndDestroy()
      break
    case 'hang':
      break
    case 'slow':
      await sleep(fault.delayMs, signal)
      sendJson(response, write(answer))
      break
    case 'drip':
      await drip(exchange, write(answer), fault.pauseMs)
      break
    case 'truncated':
      truncate(response, write(answer))
      break
    case 'badJson':
      sendJson(response, fault.text ?? '{"Response":{"TotalCount":1,"Items":[{')
      break
    case 'body':
      sendJson(response, writeJson(fault.json))
      break
    case 'response':
      sendJson(response, write({ Response: { ...answer.Response, ...fault.fields } }))
      break
    case 'huge':
      await flood(exchange, fault.bytes)
      break
    case 'endless':
      await flood(exchange, Infinity)
      break
    case 'status':
      sendHtml(response, fault.status, fault.html)
      break
    case 'apiError':
      sendJson(response, write(asError(answer, fault.code, fault.message)))
      break
  }
}

/** JSON with the content type that the cloud sends, which has no charset. */
export function sendJson(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

function sendHtml(response: ServerResponse, status: number, html?: string): void {
  response.writeHead(status, { 'content-type': 'text/html' })
  response.end(
    html ?? `<html><head><title>${status}</title></head><body><center>nginx</center></body></html>`,
  )
}

function asError(
  { Response }: WireAnswer,
  code: string,
  message = 'An error that was asked for.',
): WireAnswer {
  return { Response: { Error: { Code: code, Message: message }, RequestId: Response['RequestId'] } }
}

async function drip({ response, sleep, signal }: Exchange, text: string, pauseMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  for (const byte of Buffer.from(text)) {
    response.write(Buffer.of(byte))
    await sleep(pauseMs, signal)
  }
  response.end()
}

function truncate(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length >>> 1), () => response.destroy())
}

async function flood({ response, signal }: Exchange, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"Response":{"Filler":"')
  for (let sent = 0; sent < bytes && !signal.aborted; sent += FILLER.length) {
    if (!response.write(FILLER)) await drained(response, signal)
  }
  if (!signal.aborted) response.end('"}}')
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    response.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
}
