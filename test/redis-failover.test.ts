import { randomUUID } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { busiestSecond, type ReplicaQuota, sentBetween, startReplicaQuota } from './support/replica-quota'
import { describeWithRedis, startRedis, startSentinel, type TestRedis } from './support/redis'
import { EXPECTED_KEY, logKey, loweredKey, REPLICAS_KEY } from '../src/redis/quota-scripts'
import { REGISTER, TAKE } from '../src/redis/quota-scripts'
import { createScript } from '../src/redis/script'
import { ABSENT_MS, AWAIT_MS, FORGET_MS, LATE_MS, LEASE_MS } from '../src/redis/quota-scripts'
import type { RedisAddress } from '../src/redis/connection'

const QUOTA = 30
const SHARED = /^the quota is shared/

describeWithRedis('replicas on a Redis that fails over', () => {
  let primary: TestRedis
  let standby: TestRedis
  let replicas: ReplicaQuota[] = []
  const closers: (() => unknown)[] = []

  beforeEach(async () => {
    ;[primary, standby] = await Promise.all([startRedis(), startRedis()])
    await standby.client.replicaof('127.0.0.1', primary.port)
    await until(async () => /master_link_status:up/.test(await standby.client.info('replication')))
  })
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((replica) => replica.close()))
    for (const close of closers.splice(0)) await close()
    await Promise.all([primary.close(), standby.close()])
  })

  const start = async (address: RedisAddress): Promise<void> => {
    const all = { ...address, callsPerSecond: QUOTA }
    replicas = await Promise.all(Array.from({ length: 2 }, () => startReplicaQuota(all)))
    await until(() => joins().every((times) => times === 1))
    for (const replica of replicas) replica.want(60)
    await sleep(300)
  }
  const joins = (): number[] => replicas.map(({ lines }) => lines.filter((line) => SHARED.test(line)).length)
  const becomePrimary = async (): Promise<void> => {
    await standby.client.replicaof('NO', 'ONE')
    await primary.client.replicaof('127.0.0.1', standby.port)
  }
  const sharedAgain = async (): Promise<void> => {
    const sinceMs = performance.now()
    // What is there in the new primary's log was entered there: the old one's calls have left the window.
    await until(() => sentBetween(replicas, sinceMs, Infinity) >= 3 * QUOTA)
    expect(await standby.client.zcard(logKey('cdb/default/-'))).toBeGreaterThan(0)
    for (const { shared } of replicas) expect(shared.state()).toEqual({ standing: 'shared', replicas: 2 })
    expect(busiestSecond(replicas)).toBeLessThanOrEqual(QUOTA)
  }

  it('leave a server that has become read-only, and never send more than the quota', async () => {
    const route = await startRoute(() => targetPort)
    let targetPort = primary.port
    closers.push(() => route.close())
    await start({ url: `redis://127.0.0.1:${portOf(route)}` })
    targetPort = standby.port
    await becomePrimary()
    await sharedAgain()
  })

  it('leave a replica whose primary is down, and that serves nothing stale', async () => {
    let targetPort = primary.port
    const route = await startRoute(() => targetPort)
    closers.push(() => route.close())
    await start({ url: `redis://127.0.0.1:${portOf(route)}` })
    await primary.client.config('SET', 'replica-serve-stale-data', 'no')
    await standby.client.replicaof('NO', 'ONE')
    // Nobody listens there: commands are answered with MASTERDOWN.
    await primary.client.replicaof('127.0.0.1', 1)
    targetPort = standby.port
    await sharedAgain()
  })

  it('do not take calls from a log that lacks the newest, as on a standby that lagged behind', async () => {
    let targetPort = primary.port
    const route = await startRoute(() => targetPort)
    closers.push(() => route.close())
    await start({ url: `redis://127.0.0.1:${portOf(route)}` })
    // What is sent from now on never reaches the standby, which keeps all else that it knew.
    await standby.client.replicaof('NO', 'ONE')
    await sleep(300)
    targetPort = standby.port
    route.cut()
    await sharedAgain()
  })

  it('join a promoted standby anew, whatever it knows of them, and bring what they have sent', async () => {
    const log = logKey('cdb/default/-')
    const on = (server: TestRedis) => {
      const register = createScript(server.client, REGISTER)
      const ask = createScript(server.client, TAKE)
      return {
        async tell(how: 'join' | 'beat', saw: number, ...sent: readonly (readonly [string, number])[]) {
          const [second = 0, micros = 0] = (await server.client.time()).map(Number)
          const rest = [LATE_MS, ABSENT_MS, FORGET_MS, how, saw, JSON.stringify(sent)]
          const reply = await register(
            [REPLICAS_KEY, EXPECTED_KEY, log],
            ['here', second * 1000 + micros / 1000, ...rest],
          )
          return (reply as unknown[])[1]
        },
        async take() {
          const times = [1000, LEASE_MS, 2000, ABSENT_MS, FORGET_MS, AWAIT_MS, 25]
          const keys = [REPLICAS_KEY, EXPECTED_KEY, log, loweredKey('cdb/default/-')]
          return (await ask(keys, ['here', randomUUID(), QUOTA, QUOTA, ...times])) as readonly number[]
        },
      }
    }
    const [before, after] = [on(primary), on(standby)]
    await before.tell('join', 0)
    expect(await before.take()).toMatchObject([1, 0, 1, QUOTA, 1])
    await until(async () => (await standby.client.zcard(log)) === 1)
    await standby.client.replicaof('NO', 'ONE')
    expect((await after.take())[0]).toBe(-1)
    expect(await after.tell('beat', 0)).toBe('unknown')
    expect(await after.tell('join', 2, ['lost', 100])).toBe('ok')
    // Another one was there, and may have sent all that the log lacks.
    expect(await after.take()).toMatchObject([0, 25, 2, QUOTA / 2, 2])
  })

  it('find the new primary through Sentinels', async () => {
    const sentinel = await startSentinel('tasks', primary.port)
    closers.push(() => sentinel.close())
    // It learns of the standby within seconds.
    await sleep(1500)
    await start({
      sentinels: [
        { host: '127.0.0.1', port: 1 },
        { host: '127.0.0.1', port: sentinel.port },
      ],
      name: 'tasks',
    })
    await primary.kill()
    await until(async () => (await standby.client.info('replication')).includes('role:master'), 20_000)
    await sharedAgain()
  }, 40_000)
})

async function until(isSo: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const endMs = performance.now() + ms
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not so within ${ms} ms`)
    await sleep(20)
  }
}

/** A name that leads to another server from one moment on, and leaves open connections as they are. */
async function startRoute(target: () => number): Promise<Server & { cut(): void }> {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((client) => {
    const to = connect(target(), '127.0.0.1')
    client.pipe(to).pipe(client)
    for (const [one, other] of [
      [client, to],
      [to, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined).on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return Object.assign(server, { cut })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
