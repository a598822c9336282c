import { type Logger, pino, stdTimeFunctions } from 'pino'
import type { Censor } from './censor'
import { serializeError } from './error'

export type Log = Logger

export interface LogOptions {
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
