import { type Logger, pino, stdTimeFunctions } from 'pino'
import type { Metrics } from './metrics'
import type { UpstreamFailure } from '../failure'
import { ThrottledLog } from '../lib/throttled-log'
import type { SourceLabels, WordKind } from './request-metrics'

export type Log = Logger

interface LogOptions {
  readonly level: string
  /** Applied to the whole line, wherever its words come from. */
  readonly censor: Censor
  /** Gets one JSON line a call, line feed included. */
  readonly output: { write(line: string): unknown }
}

const SECRET_KEYS = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'Cookie',
  'x-tc-token',
  'X-TC-Token',
  'x-api-key',
  'X-Api-Key',
  'x-router-secret',
  'secretId',
  'secretKey',
  'SecretKey',
  'token',
  'Token',
  'password',
]
const SECRET_DEPTH = 4

/** JSON lines. Values under secret-looking keys are left out, the censor's words wherever they stand. */
export function createLog({ level, censor, output }: LogOptions): Log {
  return pino(
    {
      level,
      base: {},
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: SECRET_KEYS.flatMap(secretPaths), censor: '[secret]' },
    },
    { write: (line: string) => output.write(censor(line)) },
  )
}

function secretPaths(key: string): readonly string[] {
  return Array.from({ length: SECRET_DEPTH }, (_, depth) => {
    const above = Array.from({ length: depth }, () => '*').join('.')
    return `${above}["${key}"]`
  })
}

const CENSORED = '[secret]'
/** Shorter secrets occur in ordinary words and numbers too; redacting them would spoil the line. */
const CENSORED_CHARACTERS = 6

/** Older ones are no keys any more. */
const REMEMBERED_LATER = 50

export interface Censor {
  (text: string): string
  /** Takes these out too from now on; the last fifty that were added later than the first are remembered. */
  readonly add: (secrets: readonly string[]) => void
}

/** Takes secrets out of a text; a line of JSON stays JSON. */
export function createCensor(secrets: readonly string[]): Censor {
  let later: readonly string[] = []
  let needles = needlesOf(secrets)
  const censor = (text: string): string =>
    needles.reduce((rest, needle) => rest.replaceAll(needle, CENSORED), text)
  const add = (more: readonly string[]): void => {
    later = [...later, ...more].slice(-REMEMBERED_LATER)
    needles = needlesOf([...secrets, ...later])
  }
  return Object.assign(censor, { add })
}

function needlesOf(secrets: readonly string[]): readonly string[] {
  const spellings = secrets
    .filter((secret) => secret.length >= CENSORED_CHARACTERS)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
  // A secret inside a longer one must not be cut out of it first, or the rest of the longer one stays.
  return [...new Set(spellings)].sort((left, right) => right.length - left.length)
}

const CAUSES = 5
const TEXT_CHARACTERS = 4000
/** The fields of an error that may be logged. A list of what is allowed: clients hang requests, headers and bodies on theirs. */
const FACTS = ['code', 'upstreamCode', 'requestId', 'retryable', 'retryAfterMs', 'syscall', 'address', 'port']

/** An error as an object for the log: what it says and where it comes from, cut to a bearable length. */
function serializeError(error: unknown): unknown {
  return serialize(error, CAUSES)
}

function serialize(error: unknown, causes: number): unknown {
  if (typeof error !== 'object' || error === null) return cut(String(error))
  const facts = FACTS.map((name) => [name, read(error, name)] as const).filter(([, value]) => isPlain(value))
  const cause = read(error, 'cause')
  const errors = read(error, 'errors')
  return {
    type: cut(read(error, 'name')),
    message: cut(read(error, 'message')),
    stack: cut(read(error, 'stack')),
    ...Object.fromEntries(facts),
    ...(cause !== undefined && causes > 0 && { cause: serialize(cause, causes - 1) }),
    ...(Array.isArray(errors) &&
      causes > 0 && { errors: errors.slice(0, CAUSES).map((each) => serialize(each, 0)) }),
  }
}

function read(error: object, name: string): unknown {
  return Reflect.get(error, name)
}

function cut(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, TEXT_CHARACTERS) : undefined
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

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

export type FailureReport = (source: SourceLabels, failure: UpstreamFailure) => void

/** Logs how requests to a source failed, with the upstream's own text, which no caller is shown. */
export function createFailureReport(log: Pick<Log, 'warn'>, now: () => number): FailureReport {
  // During an outage every request fails alike.
  const throttled = new ThrottledLog(now)
  return (source, failure) => {
    const { code, upstreamCode, requestId } = failure
    const key = [source.provider, source.account, source.region, code, upstreamCode].join('\n')
    throttled.log(key, (leftOut) =>
      log.warn(
        { source, code, upstreamCode, requestId, leftOut, err: failure },
        'a source could not be asked',
      ),
    )
  }
}

/** Logs why a caller was refused, in fixed words: nothing that the caller sent. */
type CallerReport = (reason: string, detail?: unknown) => void

export function createCallerReport(log: Pick<Log, 'warn'>, now: () => number): CallerReport {
  const throttled = new ThrottledLog(now)
  return (reason, detail) =>
    throttled.log(JSON.stringify([reason, detail]), (leftOut) =>
      log.warn({ reason, detail, leftOut }, 'a caller was refused'),
    )
}
