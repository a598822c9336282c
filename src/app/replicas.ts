import { createHash, randomBytes } from 'node:crypto'
import type { SharedTexts } from '../cache/tiered-store'
import type { Config } from '../config'
import type { RedisConfig } from '../config/redis'
import { openShared } from '../redis/open'
import type { SharedHints } from '../tasks/id-memory'
import { sourceName, type SourceKey } from '../tasks/task'
import type { Log } from '../telemetry/log'
import type { RedisMetrics } from '../telemetry/store-metrics'
import { MinLatency, UNDER_WAY_MS, type SlidingWindowLog } from '../tencent/sliding-window-log'
import { sleep } from '../lib/sleep'
import { cursorKeys } from './cursor-keys'

/** What this process shares with the other replicas. */
export interface Replicas {
  readonly texts: SharedTexts
  readonly hints: SharedHints
  /** Where the calls of a source are counted. */
  sendLog(key: SourceKey): (size: number, windowMs: number) => SlidingWindowLog
  close(): Promise<void>
}

/** Never rejects for a Redis that cannot be reached, and waits for it no longer than half a second. */
export async function joinReplicas(
  config: Config,
  redis: RedisConfig,
  log: Log,
  metrics: RedisMetrics,
): Promise<Replicas> {
  const shared = await openShared({
    ...redis,
    id: randomBytes(9).toString('base64url'),
    log,
    report: metrics,
    // Not the time of day, which somebody may set.
    now: () => performance.now(),
    sleep,
  })
  metrics.watch(() => shared.state())
  const namespace = deployment(config, log)
  return {
    texts: shared.texts(namespace),
    hints: shared.hints(namespace),
    sendLog: (key) =>
      shared.sendLog(sourceName(key), { underWayMs: UNDER_WAY_MS, latency: new MinLatency() }),
    close: () => shared.close(),
  }
}

/** Two deployments may use one Redis and the same names of accounts: only who reads the other's cursors reads its answers. */
function deployment(config: Config, log: Log): string {
  const hash = createHash('sha256')
  for (const key of cursorKeys(config, log).slice(0, 1)) hash.update(key)
  for (const { endpoint } of Object.values(config.products)) hash.update(`\n${endpoint}`)
  return hash.digest('base64url').slice(0, 16)
}
