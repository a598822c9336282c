import type { IncomingMessage, ServerResponse } from 'node:http'
import { ASSUMPTIONS } from '../assumptions'
import type { World } from '../world/world'
import {
  BadInput,
  readFaultRule,
  readFields,
  readNumber,
  readRow,
  readRowId,
  readService,
  readText,
  type Fields,
} from './admin-input'
import type { Backend } from './answer-call'
import { readJson, writeJson } from './json'
import type { QuotaLimits } from './quota'
import { readBody } from './read-body'

/** Where the emulator itself is asked and told things; no cloud has this. */
export const ADMIN_PREFIX = '/__emulator/'

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** What can be set while the emulator runs. */
export interface Settings {
  latencyMs: number
  readonly quotas: QuotaLimits
}

type Route = (fields: Fields) => unknown

/** Answers a request under `/__emulator/`: GET reads, POST with JSON changes. */
export function createAdmin(backend: Backend, settings: Settings) {
  const reads = readRoutes(backend, settings)
  const writes = writeRoutes(backend, settings)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const route = url.pathname.slice(ADMIN_PREFIX.length)
    const refused = refusal(request)
    if (refused !== null) {
      send(response, 403, { error: refused })
      return
    }
    const run = (request.method === 'POST' ? writes : reads).get(route)
    if (run === undefined) {
      send(response, 404, { error: `no ${request.method ?? ''} ${route}` })
      return
    }
    try {
      const fields =
        request.method === 'POST'
          ? readFields(readJson(await readBody(request)))
          : Object.fromEntries(url.searchParams)
      send(response, 200, run(fields) ?? {})
    } catch (error) {
      send(response, 400, { error: error instanceof Error ? error.message : 'cannot be done' })
    }
  }
}

/** A page in a browser must not reach this: neither across origins nor by a name that leads to loopback. */
function refusal(request: IncomingMessage): string | null {
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) return 'the Host must be a loopback address'
  if (request.headers.origin !== undefined) return 'not for pages'
  if (request.method !== 'GET' && request.method !== 'POST') return 'the method must be GET or POST'
  const isJson = /^application\/json(;|$)/i.test(request.headers['content-type'] ?? '')
  return request.method === 'POST' && !isJson ? 'the content type must be application/json' : null
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(writeJson(body))
}

function readRoutes(
  { log, faults, clock, quota, ...backend }: Backend,
  settings: Settings,
): Map<string, Route> {
  return new Map<string, Route>([
    ['log', () => ({ counters: log.counters(), maxPerSecond: log.maxPerSecond(), calls: log.calls })],
    ['faults', () => faults.rules()],
    ['assumptions', () => ({ table: ASSUMPTIONS, inForce: backend.world.assumptions })],
    ['clock', () => ({ nowMs: clock.now(), shiftMs: clock.shiftMs })],
    ['settings', () => ({ quota: quota.limits, latencyMs: settings.latencyMs })],
    ['rows', (fields) => worldOf(backend, fields).rows(readService(fields), readText(fields, 'region'))],
  ])
}

function writeRoutes(
  { log, faults, clock, quota, ...backend }: Backend,
  settings: Settings,
): Map<string, Route> {
  const inList = (fields: Fields) =>
    [worldOf(backend, fields), readService(fields), readText(fields, 'region')] as const
  return new Map<string, Route>([
    ['log/clear', () => log.clear()],
    ['faults', (fields) => faults.add(readFaultRule(fields))],
    ['faults/clear', (fields) => faults.clear('service' in fields ? readService(fields) : undefined)],
    ['clock', (fields) => void (clock.shiftMs = readNumber(fields, 'shiftMs'))],
    ['latency', (fields) => void (settings.latencyMs = readNumber(fields, 'latencyMs'))],
    ['quota', (fields) => void (quota.limits = readLimits(fields, settings.quotas))],
    [
      'rows/insert',
      (fields) => {
        const [world, service, region] = inList(fields)
        return { id: world.insert(service, region, readRow(fields)) }
      },
    ],
    [
      'rows/change',
      (fields) => {
        const [world, service, region] = inList(fields)
        world.change(service, region, readRowId(fields), readRow(fields))
      },
    ],
    [
      'rows/remove',
      (fields) => {
        const [world, service, region] = inList(fields)
        world.remove(service, region, readRowId(fields))
      },
    ],
    [
      'rows/age-out',
      (fields) => {
        const [world, service, region] = inList(fields)
        return { ids: world.ageOut(service, region, readNumber(fields, 'count')) }
      },
    ],
  ])
}

/** `{"on":false}` is without limits, `{"on":true}` back to those it began with; or new ones by service. */
function readLimits(fields: Fields, initial: QuotaLimits): QuotaLimits {
  const { on } = fields
  if (on === false) return { cdb: null, postgres: null }
  if (on === true) return initial
  return { cdb: readNumber(fields, 'cdb'), postgres: readNumber(fields, 'postgres') }
}

function worldOf({ world, credentials }: Pick<Backend, 'world' | 'credentials'>, fields: Fields): World {
  if (fields['account'] === undefined) return world
  const account = readText(fields, 'account')
  const credential = credentials.find((known) => (known.account ?? 'default') === account)
  if (credential === undefined) throw new BadInput(`there is no account "${account}"`)
  return credential.world ?? world
}
