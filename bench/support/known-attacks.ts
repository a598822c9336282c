import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator, type Emulator } from '../../src/emulator/start'
import { createWorld } from '../../src/emulator/world/create-world'
import { formatBeijingTime } from '../../src/tencent/time'
import { listAt, textAt } from '../../test/support/answer'
import { ask } from '../../test/support/gateway'
import { RawSocket } from '../../test/support/raw-socket'
import { prepareAttack, type Attack } from './attack'
import { aliases, fill, many } from './attack-shapes'
import type { Held } from './soak-probe'
import { startSoakedGateway, type SoakedGateway } from './soak-gateway'

/** What has once frozen, starved or killed a gateway. */
interface Known {
  readonly name: string
  readonly env?: Readonly<Record<string, string>>
  /** Sends it; resolves when all of it is answered. */
  readonly send: (url: string) => Promise<unknown>
}

const BOUNDS = { answeredMs: 250, healthMs: 150, grownBytes: 10e6 }
const ROUNDS = 10
const LARGE_INPUTS = 100
const INPUT_CHARACTERS = 40_000
const REFUSED_TOGETHER = 16

/** Sends every known attack ten times, and `/healthz` meanwhile; true if all are answered in time and nothing grows. */
export async function replayKnown(): Promise<boolean> {
  const emulator = await startLargeEmulator()
  let isKept = true
  for (const known of await knownAttacks(emulator)) {
    const gateway = await startSoakedGateway(emulator, known.env)
    isKept = (await replay(gateway, known)) && isKept
    await gateway.stop()
  }
  await emulator.close()
  return isKept
}

/** What was compiled, and filled, only once is not measured. */
async function replay(gateway: SoakedGateway, { name, send }: Known): Promise<boolean> {
  await send(gateway.url)
  await send(gateway.url)
  const before = await gateway.held()
  let [answeredMs, healthMs] = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now()
    const health = watchHealth(gateway.url)
    await send(gateway.url)
    answeredMs = Math.max(answeredMs, performance.now() - beganMs)
    healthMs = Math.max(healthMs, await health())
  }
  const grownBytes = grownSince(before, await gateway.held())
  const isKept =
    answeredMs <= BOUNDS.answeredMs && healthMs <= BOUNDS.healthMs && grownBytes <= BOUNDS.grownBytes
  console.log(
    `${isKept ? 'kept  ' : 'BROKEN'} ${name}: answered within ${answeredMs.toFixed(0)} ms, /healthz within ${healthMs.toFixed(0)} ms, heap ${(grownBytes / 1e6).toFixed(1)} MB larger`,
  )
  return isKept
}

function grownSince(before: Held, after: Held): number {
  return after.heapBytes - before.heapBytes
}

/** Asks again and again; the function that is returned stops that, and returns the longest time. */
function watchHealth(url: string): () => Promise<number> {
  const watch = new AbortController()
  let longestMs = 0
  const watching = (async () => {
    while (!watch.signal.aborted) {
      const beganMs = performance.now()
      await (await fetch(`${url}/healthz`)).text()
      longestMs = Math.max(longestMs, performance.now() - beganMs)
      await sleep(5)
    }
  })()
  return async () => {
    watch.abort()
    await watching
    return longestMs
  }
}

/** A page of the newest Postgres tasks is 4 MB. */
async function startLargeEmulator(): Promise<Emulator> {
  const nowMs = Date.now()
  const world = createWorld({ nowMs, moving: false })
  const emulator = await startEmulator({ world, quotas: 'off', logLimit: 100 })
  const nowSecond = Math.floor(nowMs / 1000)
  for (let at = 0; at < LARGE_INPUTS; at++)
    world.insert('postgres', 'ap-shanghai', {
      TaskId: 900_000_000 + at,
      StartTime: formatBeijingTime(nowSecond - at),
      TaskDetail: { Input: JSON.stringify({ text: 'x'.repeat(INPUT_CHARACTERS) }) },
    })
  return emulator
}

async function knownAttacks(emulator: Emulator): Promise<readonly Known[]> {
  const ids = await idsOf(emulator)
  const representations = fill(4500, () => ({ __typename: 'DatabaseInstance', id: 'cdb-c1nl9rpv' }))
  const list = 'query ($f: Int) { tasks(first: $f) { nodes { id } } }'
  const entities = `query ($r: [_Any!]!) { ${many(29, (at) => `e${at}: _entities(representations: $r) { ...F }`)} } fragment F on DatabaseInstance { ${aliases(70, 'id')} }`
  const instances = `query ($i: [ID!]) { ${many(29, (at) => `r${at}: tasks(filter: { instanceIds: $i }) { totalCount }`)} }`
  const refused = `{ ${'tasks { nodes { instances { id } } } '.repeat(400)} }`
  const cursors = `{ ${many(29, (at) => `r${at}: tasks(first: 95) { edges { ...F } }`)} } fragment F on TaskEdge { ${aliases(70, 'cursor')} }`
  const input = `{ postgresTasks(first: 95) { nodes { ${aliases(70, 'input')} } } }`
  const nested = `subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { instances { ${aliases(18, 'tasks(first: 1) { totalCount }')} } } }`
  const both = (name: string, query: string, variables: object = {}): readonly Known[] =>
    (['http', 'websocket'] as const).map((transport) => ({
      name: `${name} over ${transport}`,
      send: (url) => sendAttack(url, { transport, query, variables: { ...variables } }),
    }))
  return [
    ...both('1, a text that looks like a suggestion', list, { f: ' Did you mean '.repeat(18_200) }),
    ...both('2, representations times aliases', entities, { r: representations }),
    ...both('3, aliases of cursors', cursors),
    ...both('3b, aliases of a large value', input).map((known) => ({
      ...known,
      env: { TASK_GATEWAY_POSTGRES_REGIONS: 'ap-shanghai', TASK_GATEWAY_CACHE_TTL_MS: '1' },
    })),
    {
      name: '4, 100 operations in one write',
      env: { TASK_GATEWAY_CALLER_RATE: '2' },
      send: (url) =>
        sendTogether(
          url,
          fill(100, (at) => ({ query: `{ tasks(first: ${at + 1}) { totalCount } }` })),
        ),
    },
    {
      name: '5, lists in every event',
      env: { TASK_GATEWAY_CALLER_RATE: '5' },
      send: (url) => sendTogether(url, [{ query: nested, variables: { ids } }]),
    },
    {
      name: '6, 16 documents in one write, all refused',
      send: (url) =>
        sendTogether(
          url,
          fill(REFUSED_TOGETHER, () => ({ query: refused })),
        ),
    },
    {
      name: '7, a forged cursor of events',
      send: (url) =>
        sendTogether(url, [
          {
            query: 'subscription ($c: String) { taskActivity(since: $c) { __typename } }',
            variables: { c: Buffer.from('1 5').toString('base64url') },
          },
        ]),
    },
    ...both('11, 30,000 instances', instances, { i: fill(30_000, (at) => at.toString(36)) }),
    ...both('13, the schema', '{ _service { sdl } }'),
  ]
}

async function sendAttack(url: string, attack: Attack): Promise<void> {
  await (
    await prepareAttack(url, attack)
  )()
}

/** All in one write; resolves when each has its answer. */
async function sendTogether(url: string, payloads: readonly object[]): Promise<void> {
  const socket = await RawSocket.enter(url)
  for (const [id, payload] of payloads.entries()) socket.send({ id: String(id), type: 'subscribe', payload })
  const answered = new Set<unknown>()
  while (answered.size < payloads.length) answered.add((await socket.next())['id'])
  await socket.close()
}

async function idsOf(emulator: Emulator): Promise<readonly string[]> {
  const gateway = await startSoakedGateway(emulator)
  const { body } = await ask(gateway.url, '{ tasks(first: 40) { nodes { id } } }')
  await gateway.stop()
  return listAt(body, 'data', 'tasks', 'nodes').map((node) => textAt(node, 'id'))
}
