import { STATUS_CODES } from 'node:http'

/** An answer as it goes over the wire, for a socket that no reply stands for; the connection closes behind it. */
export function rawAnswer(status: number, code: string, message: string): string {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
