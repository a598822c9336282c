import { setTimeout as sleep } from 'node:timers/promises'
import { LiveClient } from './live-client'
import type { Watched } from './live-crowd'

const LONGEST_STAY_MS = 2000
const LONGEST_PAUSE_MS = 1000
const PATIENCE_MS = 20_000

/**
 * So many subscribers come, wait for the first state of a task, stay a while and go, each time with a socket of their
 * own; a third of them ends the subscription, a third closes the socket, and a third is cut off.
 * @returns how often one came
 */
export async function comeAndGo(
  url: string,
  subscribers: number,
  seconds: number,
  watched: readonly Watched[],
): Promise<number> {
  const endMs = performance.now() + seconds * 1000
  let came = 0
  const subscriber = async (number: number): Promise<void> => {
    await sleep(Math.random() * LONGEST_PAUSE_MS)
    while (performance.now() < endMs) {
      const task = watched[came % watched.length]
      if (task === undefined) return
      await visit(url, task, number + came++)
      await sleep(Math.random() * LONGEST_PAUSE_MS)
    }
  }
  await Promise.all(Array.from({ length: subscribers }, (_, number) => subscriber(number)))
  return came
}

async function visit(url: string, { id }: Watched, way: number): Promise<void> {
  const { promise: told, resolve } = withResolver()
  const client = await LiveClient.open(url, resolve)
  client.watch('1', id)
  const outOfPatience = new AbortController()
  const late = sleep(PATIENCE_MS, null, outOfPatience).then(() => {
    throw new Error(`a subscriber was told nothing in ${PATIENCE_MS} ms`)
  })
  await Promise.race([told, late])
  outOfPatience.abort()
  await late.catch(() => undefined)
  await sleep(Math.random() * LONGEST_STAY_MS)
  if (way % 3 === 0) client.complete('1')
  await (way % 3 === 2 ? client.vanish() : client.close())
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}
