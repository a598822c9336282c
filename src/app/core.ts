import type { Config } from '../config'
import { ownerOf, PROVIDERS } from '../providers'
import type { RowReport } from '../providers/provider'
import { CursorCodec } from '../tasks/cursor'
import { ObservedSource } from '../tasks/health'
import type { ListTools } from '../tasks/list-tasks'
import { TaskService } from '../tasks/service'
import type { SourceKey, TaskProvider } from '../tasks/task'
import type { Log } from '../telemetry/log'
import type { Metrics } from '../telemetry/metrics'
import { createWordReport } from '../telemetry/unknown-words'
import { createTencentClient } from '../tencent/create-client'
import { fixedCredential } from '../tencent/credentials'
import { sleep } from '../tencent/sleep'
import type { Transport } from '../tencent/transport'
import { cursorKeys } from './cursor-keys'
import { createFinderTools, createShare, type Share } from './sharing'

/** What the process edge hands in. */
export interface AppTools {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: { readonly now: () => number }
}

/** The core with a source for every product, account and region that is configured. */
export function createCore(
  config: Config,
  { log, metrics, clock }: AppTools,
  transport: Transport,
): TaskService {
  const reportWord = createWordReport(log, metrics)
  const report: RowReport = {
    unknownWord: ({ provider }, kind, word) => reportWord(provider, kind, word),
    rowLeftOut: (source) => metrics.rowLeftOut(source),
  }
  const { cacheTtlMs } = config.upstream
  const share = createShare(cacheTtlMs, clock.now)
  const sources = keysOf(config).map((key) =>
    createSource(key, config, { log, metrics, clock }, transport, share, report),
  )
  const listTools: ListTools = {
    cursors: new CursorCodec(cursorKeys(config, log)),
    now: clock.now,
    scanCalls: config.upstream.scanCalls,
    toleranceSeconds: config.orderToleranceSeconds,
  }
  return new TaskService(sources, listTools, createFinderTools(cacheTtlMs, clock.now))
}

function createSource(
  key: SourceKey,
  config: Config,
  { log, metrics, clock }: AppTools,
  transport: Transport,
  share: Share,
  report: RowReport,
): ObservedSource {
  const provider = PROVIDERS[key.provider]
  const { endpoint, callsPerSecond } = config.products[key.provider]
  const client = createTencentClient({
    service: provider.service,
    version: provider.version,
    endpoint,
    region: key.region,
    credentials: fixedCredential(credentialOf(key.account, config)),
    transport,
    callsPerSecond,
    attemptTimeoutMs: config.upstream.attemptTimeoutMs,
    clock,
    random: Math.random,
    sleep,
    log,
    onCall: ({ outcome, durationMs }) =>
      metrics.upstreamCall(key, outcome === 'OK' ? 'ok' : outcome, durationMs),
  })
  const source = provider.createSource({
    key,
    client: share(key, provider, client),
    callsPerSecond,
    ownerOf,
    report,
    now: clock.now,
  })
  return new ObservedSource(source, clock.now, () => {
    metrics.listOutOfOrder(key)
    log.warn({ source: key }, 'a list is not in the order of its start times')
  })
}

function keysOf({ accounts }: Config): readonly SourceKey[] {
  const providers = Object.keys(PROVIDERS) as TaskProvider[]
  return providers.flatMap((provider) =>
    accounts.flatMap(({ name, regions }) =>
      regions[provider].map((region) => ({ provider, account: name, region })),
    ),
  )
}

function credentialOf(account: string, { accounts }: Config) {
  const found = accounts.find(({ name }) => name === account)
  if (found === undefined) throw new Error(`no account ${account} is configured`)
  return found.credential
}
