import { setTimeout as timeout } from 'node:timers/promises'

/** Resolves after the delay, or as soon as the signal aborts; never rejects. */
export async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  await timeout(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
}
