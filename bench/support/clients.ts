import { setTimeout as sleep } from 'node:timers/promises'

/** So many clients, each of which does the same once a second, all spread evenly over the second. */
export async function everySecond(
  clients: number,
  seconds: number,
  act: (client: number) => Promise<unknown>,
): Promise<void> {
  const beginMs = performance.now()
  const one = async (client: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      const dueMs = beginMs + second * 1000 + (client * 1000) / clients
      await sleep(Math.max(0, dueMs - performance.now()))
      await act(client)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)))
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
