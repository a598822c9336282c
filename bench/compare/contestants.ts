import { join } from 'node:path'
import type { Dialect } from './question'

/** One of those that are compared. */
export interface Contestant {
  readonly key: string
  readonly name: string
  /** What Node runs. */
  readonly arguments: readonly string[]
  readonly dialect: Dialect
  /** What it does not do, or is not. */
  readonly note: string
  readonly isFloor: boolean
}

const ROOT = process.cwd()
const PEERS = join(ROOT, 'bench', 'peers')
const peer = (...path: readonly string[]): string => join(PEERS, ...path)

export const GATEWAY: Contestant = {
  key: 'gateway',
  name: 'this gateway',
  arguments: [join(ROOT, 'dist', 'main.js')],
  dialect: 'graphql',
  note: 'signs, merges, pages, caches lists for 1 s',
  isFloor: false,
}

export const APOLLO: Contestant = {
  key: 'a',
  name: 'Apollo Server, official SDK',
  arguments: [peer('apollo.mjs')],
  dialect: 'graphql',
  note: 'signs, merges the first page; no paging, no cache',
  isFloor: false,
}

export const HIVE: Contestant = {
  key: 'c',
  name: 'Hive Gateway over GraphQL Mesh',
  arguments: [
    ...[peer('node_modules', '.bin', 'hive-gateway'), 'supergraph', peer('hive', 'supergraph.graphql')],
    ...['--config-path', peer('hive', 'gateway.config.mjs'), '--fork', '1'],
  ],
  dialect: 'two lists',
  note: 'signs by a hook of ours; the client merges 2 × 20 rows, and reads words and times itself; no paging, no cache',
  isFloor: false,
}

export const CACHED: Contestant = {
  key: 'd',
  name: 'Apollo Server, SDK, response cache',
  arguments: [peer('apollo-cached.mjs')],
  dialect: 'graphql',
  note: 'as (a); whole answers cached for 1 s',
  isFloor: false,
}

export const REST: Contestant = {
  key: 'e',
  name: 'Fastify route, undici',
  arguments: [peer('rest.mjs')],
  dialect: 'rest',
  note: 'no GraphQL; signs, merges the first page; no paging, no cache',
  isFloor: true,
}

export const YOGA: Contestant = {
  key: 'b',
  name: 'GraphQL Yoga, undici',
  arguments: [peer('yoga.mjs')],
  dialect: 'graphql',
  note: 'signs by hand, merges the first page; no paging, no cache',
  isFloor: false,
}

export const MEMORY: Contestant = {
  key: 'f',
  name: 'Apollo Server, from memory',
  arguments: [peer('apollo-memory.mjs')],
  dialect: 'graphql',
  note: 'asks no upstream, always the same tasks',
  isFloor: true,
}

export const CONTESTANTS: readonly Contestant[] = [GATEWAY, APOLLO, YOGA, HIVE, CACHED, REST, MEMORY]

/** As a table names it. */
export function label({ key, name, isFloor }: Contestant): string {
  const text = key === GATEWAY.key ? `**${name}**` : `(${key}) ${name}`
  return isFloor ? `*${text}*` : text
}
