import { type Logger, pino, stdTimeFunctions } from 'pino'
import { serializeError } from './error'

export type Log = Logger

export interface LogOptions {
  readonly level: string
  /** Texts that must appear in no line, wherever they come from. */
  readonly secrets: readonly string[]
  /** Gets one JSON line a call, line feed included. */
  readonly output: { write(line: string): unknown }
}

const CENSORED = '[secret]'
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
/** Shorter ones stand in ordinary words and numbers too, and taking them out would spoil the line. */
const CENSORED_CHARACTERS = 6

/** JSON lines. Values under secret-looking keys are left out, the given secrets wherever they stand. */
export function createLog({ level, secrets, output }: LogOptions): Log {
  const censor = createCensor(secrets)
  return pino(
    {
      level,
      base: {},
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: SECRET_KEYS.flatMap(secretPaths), censor: CENSORED },
    },
    { write: (line: string) => output.write(censor(line)) },
  )
}

/** Takes secrets out of a JSON line, and leaves it JSON. */
function createCensor(secrets: readonly string[]): (line: string) => string {
  const needles = secrets
    .filter((secret) => secret.length >= CENSORED_CHARACTERS)
    .flatMap((secret) => [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    // A secret inside a longer one must not be cut out of it first, or the rest of the longer one stays.
    .sort((left, right) => right.length - left.length)
  return (line) => needles.reduce((text, needle) => text.replaceAll(needle, CENSORED), line)
}

function secretPaths(key: string): readonly string[] {
  return Array.from({ length: SECRET_DEPTH }, (_, depth) => {
    const above = Array.from({ length: depth }, () => '*').join('.')
    return `${above}["${key}"]`
  })
}
