import { setTimeout as sleep } from 'node:timers/promises'
import { ATTACKS, type Target } from './fairness-attacks'

/** What the hostile client is to do. */
export interface HostileTask {
  readonly attack: string
  readonly target: Target
  readonly durationMs: number
}

/** How often it did it, and how often each code came back. */
export interface HostileFigures {
  readonly rounds: number
  readonly codes: Readonly<Record<string, number>>
}

/** A separate program: runs the attacks that it receives, and replies with the figures. */
const PAUSE_MS = 10

process.on('message', (task: HostileTask) => void run(task).then((figures) => process.send?.(figures)))
process.once('disconnect', () => process.exit())

async function run({ attack, target, durationMs }: HostileTask): Promise<HostileFigures> {
  const codes: Record<string, number> = {}
  const endMs = performance.now() + durationMs
  let rounds = 0
  for (; performance.now() < endMs; rounds++) {
    const came = (await ATTACKS[attack]?.(target).catch((error: unknown) => [String(error)])) ?? []
    for (const code of came) codes[code] = (codes[code] ?? 0) + 1
    await sleep(PAUSE_MS)
  }
  return { rounds, codes }
}
