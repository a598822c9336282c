import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeTaskId } from '../../src/tasks/id'
import { post } from '../../test/support/auth'
import { RawSocket } from '../../test/support/raw-socket'
import { REGION } from './live-load'

/** Whom a hostile client attacks, and as whom. */
export interface Target {
  readonly url: string
  readonly key: string
  /** Ids of tasks that are running. */
  readonly running: readonly string[]
}

/** What comes back of one round: the codes of the answers. */
export type Attack = (target: Target) => Promise<readonly string[]>

/** How many requests in flight, and how many WebSockets, the gateway allows. */
export const MOST = { inFlight: 200, connections: 200 } as const
/** The address of the hostile client. The others have another one. */
const HOME = '127.0.0.2'
/** Whose tasks have an input of 40 KB each. */
export const LARGE_REGION = 'ap-shanghai'
const HELD_MS = 3000

/** Seventy times the same field. */
const aliases = (field: string, type: string) =>
  `fragment F on ${type} { ${times(70, (at) => `a${at}: ${field}`)} }`
const LIST = 'query ($f: TaskFilter) { tasks(filter: $f) { totalCount } }'
const REPRESENTATIONS = `query ($r: [_Any!]!) { ${times(29, (at) => `e${at}: _entities(representations: $r) { ...F }`)} }`
const CURSORS = `{ ${times(29, (at) => `t${at}: tasks(first: 95) { edges { ...F } }`)} }`
const INPUTS = `{ postgresTasks(first: 95, filter: { regions: ["${LARGE_REGION}"] }) { nodes { ...F } } }`
const EVENTS = `subscription (${times(18, (at) => `$f${at}: TaskFilter`)}, $ids: [ID!]) {
  taskUpdated(ids: $ids) { instances { ${times(18, (at) => `a${at}: tasks(first: 1, filter: $f${at}) { totalCount }`)} } } }`
const INSTANCES = `query ($f: TaskFilter) { ${times(29, (at) => `t${at}: tasks(filter: $f) { totalCount }`)} }`
/** 16 KB of fields that no type has. */
const WRONG = `{ ${times(1000, (at) => `x${at}: wrong${at}`)} }`

/** What a hostile client does, again and again. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  '1 a value that is no number': (target) =>
    ask(target, 'query ($f: Int) { tasks(first: $f) { nodes { id } } }', {
      f: ' Did you mean '.repeat(18_200),
    }),
  '2 many representations, many aliases': (target) =>
    ask(target, `${REPRESENTATIONS} ${aliases('id', 'DatabaseInstance')}`, {
      r: Array.from({ length: 5000 }, () => ({ __typename: 'DatabaseInstance', id: 'x' })),
    }),
  '3 many aliases of a cursor': (target) => ask(target, `${CURSORS} ${aliases('cursor', 'TaskEdge')}`),
  '3b many aliases of a large input': (target) =>
    ask(target, `${INPUTS} ${aliases('input', 'PostgresTask')}`),
  '4 a hundred operations in one write': (target) =>
    overSocket(target, 100, () => ({ query: LIST, variables: { f: since() } })),
  '5 events that ask the upstreams': (target) => {
    const filters = Object.fromEntries(Array.from({ length: 18 }, (_, at) => [`f${at}`, since()]))
    // The first plans too much.
    return overSocket(
      target,
      2,
      (at) => ({ query: EVENTS, variables: { ...filters, ids: target.running.slice(0, at === 0 ? 40 : 5) } }),
      HELD_MS,
    )
  },
  '6 large documents that are refused': (target) => overSocket(target, 16, () => ({ query: WRONG })),
  '7 forged cursors': (target) =>
    overSocket(target, 20, (at) => ({
      query: 'subscription ($c: String) { taskActivity(since: $c) { __typename } }',
      variables: { c: Buffer.from(`["1",${at}]`).toString('base64url') },
    })),
  '8 made-up ids': async (target) => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const rounds = ['CDB', 'POSTGRES'].map((provider) => ask(target, query, { ids: madeUp(provider, 100) }))
    return (await Promise.all(rounds)).flat()
  },
  '9 half-sent bodies': (target) => hold(MOST.inFlight, () => Promise.resolve(halfSent(target))),
  '10 sockets that never say who they are': async ({ url }) =>
    hold(MOST.connections, async () => {
      const { socket } = await RawSocket.open(url, { localAddress: HOME })
      // Nothing is read, so that the close is not answered.
      socket.pause()
      return { destroy: () => socket.terminate() }
    }),
  '11 many ids of instances': (target) =>
    ask(target, INSTANCES, {
      f: { instanceIds: Array.from({ length: 30_000 }, (_, at) => at.toString(36)) },
    }),
}

let made = 0

function madeUp(provider: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    made += 1
    const source = {
      provider: provider === 'CDB' ? 'CDB' : 'POSTGRES',
      account: 'default',
      region: REGION,
    } as const
    const hint = provider === 'CDB' ? [`made-up-${made}`] : null
    return encodeTaskId({ source, number: BigInt(9_000_000_000 + made), hint })
  })
}

/** A filter of its own, so that no two questions are one call. */
function since(): object {
  made += 1
  return { startedAt: { from: new Date(1_000_000_000_000 + made * 1000).toISOString() } }
}

function times(count: number, text: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => text(at)).join(' ')
}

async function ask({ url, key }: Target, query: string, variables: object = {}): Promise<readonly string[]> {
  const { status, text } = await post(url, { 'x-api-key': key }, query, variables)
  return [codeIn(text) ?? String(status)]
}

function codeIn(text: string): string | undefined {
  return /"code":"(\w+)"/.exec(text.slice(0, 100_000))?.[1]
}

/** Starts operations in one write; resolves when each has ended, or at the latest after that time. */
async function overSocket(
  { url, key }: Target,
  count: number,
  operation: (at: number) => object,
  forMs = 10_000,
): Promise<readonly string[]> {
  const socket = await RawSocket.enter(url, { apiKey: key }, { localAddress: HOME })
  const codes: string[] = []
  let ended = 0
  const over = new Promise<void>((resolve) => {
    socket.socket.once('close', () => resolve())
    socket.socket.on('message', (data: Buffer) => {
      const text = data.toString()
      if (/"type":"(next|error)"/.test(text)) codes.push(codeIn(text) ?? 'data')
      if (/"type":"(complete|error)"/.test(text)) ended += 1
      if (ended === count) resolve()
    })
  })
  for (let at = 0; at < count; at++)
    socket.send({ id: String(at), type: 'subscribe', payload: operation(at) })
  await Promise.race([over, sleep(forMs)])
  await socket.close()
  return codes
}

/** Has so many of them for a while. */
async function hold(count: number, open: () => Promise<{ destroy(): unknown }>): Promise<readonly string[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, open))
  await sleep(HELD_MS)
  for (const one of opened) if (one.status === 'fulfilled') one.value.destroy()
  return opened.map(({ status }) => (status === 'fulfilled' ? 'opened' : 'not opened'))
}

function halfSent({ url, key }: Target): Socket {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: HOME })
  socket.on('error', () => undefined)
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query":`,
  )
  return socket
}
