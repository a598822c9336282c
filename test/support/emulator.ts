import { authorization, type SignedHeader } from '../../src/tencent/sign'
import { readJson, writeJson } from '../../src/emulator/server/json'
import { DEMO_CREDENTIAL, type EmulatedCredential } from '../../src/emulator/server/credential'

const VERSIONS = { cdb: '2017-03-20', postgres: '2017-03-12' } as const

/** What is asked, and the clock that requests are signed by. */
export interface Asked {
  readonly url: string
  readonly clock: { now(): number }
}

/** One call to an emulated API; what is left out is as the documents want it. */
export interface Question {
  readonly service?: 'cdb' | 'postgres'
  readonly region?: string | null
  readonly action?: string
  readonly version?: string
  readonly parameters?: unknown
  /** Sent in the place of the parameters. */
  readonly body?: string
  readonly credential?: EmulatedCredential
  readonly timestampSecond?: number
  readonly scope?: string
  /** Signed as the host; by default as sent. */
  readonly host?: string
  /** Sent after signing, over the right ones. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What stands under `Response`; empty where there is no such thing. */
  readonly response: Readonly<Record<string, unknown>>
  /** The code of `Response.Error`. */
  readonly code: string | null
}

/** Signs and sends one call. */
export async function ask(emulator: Asked, question: Question = {}): Promise<Reply> {
  const body = question.body ?? writeJson(question.parameters ?? {})
  const answer = await fetch(emulator.url, {
    method: 'POST',
    body,
    headers: { ...signedHeaders(emulator, question, body), ...question.headers },
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  })
  const text = await answer.text()
  const response = responseOf(text)
  return { status: answer.status, headers: answer.headers, text, response, code: codeOf(response) }
}

function signedHeaders(emulator: Asked, question: Question, body: string): Record<string, string> {
  const { service = 'cdb', region = 'ap-guangzhou', credential = DEMO_CREDENTIAL } = question
  const timestampSecond = question.timestampSecond ?? Math.floor(emulator.clock.now() / 1000)
  const contentType = 'application/json; charset=utf-8'
  const headers: readonly SignedHeader[] = [
    ['content-type', contentType],
    ['host', question.host ?? new URL(emulator.url).host],
  ]
  const { secretId, secretKey, token } = credential
  const signed = { secretId, secretKey, service: question.scope ?? service, timestampSecond, headers, body }
  return {
    'content-type': contentType,
    'x-tc-action': question.action ?? 'DescribeTasks',
    'x-tc-version': question.version ?? VERSIONS[service],
    'x-tc-timestamp': String(timestampSecond),
    ...(region === null ? {} : { 'x-tc-region': region }),
    ...(token === undefined ? {} : { 'x-tc-token': token }),
    authorization: authorization(signed),
  }
}

function responseOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return record(record(readJson(text))['Response'])
  } catch {
    return {}
  }
}

function codeOf(response: Readonly<Record<string, unknown>>): string | null {
  const code = record(response['Error'])['Code']
  return typeof code === 'string' ? code : null
}

/** The value as an object; an empty one when it is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
