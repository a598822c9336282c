import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

/** Spreads requests over the gateways that say they are ready, over connections that stay open. It never tries again. */
export interface Balancer {
  add(url: string): void
  /** Of a gateway that has ended. */
  remove(url: string): Promise<void>
  /** The status and the body of the answer. @throws Error where the connection failed */
  send(body: string): Promise<{ readonly status: number; readonly text: string }>
  close(): Promise<void>
}

interface Backend {
  readonly url: string
  readonly pool: Pool
  /** Asked beside the load, as a probe is. */
  readonly probe: Pool
  isReady: boolean
  open: number
}

const PROBE_MS = 100
const CONNECTIONS = 50

export function createBalancer(): Balancer {
  const backends = new Map<string, Backend>()
  const waiting: (() => void)[] = []
  let turn = 0
  /** Who finds no connection free waits here, not for one of the gateways, which may be about to end. */
  const choose = async (): Promise<Backend> => {
    for (;;) {
      const free = [...backends.values()].filter(({ isReady, open }) => isReady && open < CONNECTIONS)
      const chosen = free[turn++ % free.length]
      if (chosen !== undefined) {
        chosen.open += 1
        return chosen
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const watch = async (backend: Backend): Promise<void> => {
    while (backends.has(backend.url)) {
      const answer = await backend.probe.request({ method: 'GET', path: '/readyz' }).catch(() => null)
      await answer?.body.dump()
      backend.isReady = answer?.statusCode === 200
      if (backend.isReady) for (const wake of waiting.splice(0, CONNECTIONS)) wake()
      await sleep(PROBE_MS)
    }
  }
  const remove = async (url: string): Promise<void> => {
    const backend = backends.get(url)
    backends.delete(url)
    await backend?.pool.close()
    await backend?.probe.close()
  }
  return {
    add(url) {
      const pool = new Pool(url, { connections: CONNECTIONS })
      const backend = { url, pool, probe: new Pool(url, { connections: 1 }), isReady: true, open: 0 }
      backends.set(url, backend)
      void watch(backend)
    },
    remove,
    async send(body) {
      const chosen = await choose()
      const headers = { 'content-type': 'application/json' }
      try {
        const answer = await chosen.pool.request({ method: 'POST', path: '/graphql', headers, body })
        return { status: answer.statusCode, text: await answer.body.text() }
      } finally {
        chosen.open -= 1
        waiting.shift()?.()
      }
    },
    async close() {
      await Promise.all([...backends.keys()].map(remove))
    },
  }
}
