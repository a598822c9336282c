import type { Config } from '../config'
import type { ProductConfig } from '../config/products'
import type { UpstreamFailure } from '../failure'
import { PROVIDERS } from '../providers'
import { ownerAmong, type InstanceOwner, type Provider, type RowReport } from '../providers/provider'
import { CursorCodec } from '../tasks/cursor'
import { ObservedSource } from '../tasks/observed-source'
import type { ListTools } from '../tasks/list-tasks'
import { TaskService } from '../tasks/service'
import { sleep } from '../lib/sleep'
import { sourceName, type SourceKey } from '../tasks/task'
import type { TaskMemory } from '../tasks/task-memory'
import {
  createFailureReport,
  type FailureReport,
  type Log,
  createWordReport,
  type WordReport,
} from '../telemetry/log'
import type { Metrics } from '../telemetry/metrics'
import type { Traces } from '../telemetry/traces'
import type { CircuitState } from '../tencent/circuit-breaker'
import type { CredentialProvider } from '../tencent/credentials'
import type { CallReport } from '../tencent/envelope'
import { createUpstreamStack } from '../tencent/stack'
import type { Transport } from '../tencent/transport'
import type { EventLoopScheduler } from '../event-loop-scheduler'
import { createCredentials } from './credentials'
import { cursorKeys } from './cursor-keys'
import type { Replicas } from './replicas'
import { createCoalescing, createFinderTools, createTaskMemory, type Coalesce } from './caching'
import { trace } from './observe'

/** What the process edge hands in. */
export interface AppTools {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: { readonly now: () => number }
  /** Told of secrets that have come since the start, so that the log shows none of them. */
  readonly hideSecrets: (secrets: readonly string[]) => void
  /** Absent where no traces are made. */
  readonly traces?: Traces | null
}

/** What all of the core is made with beside them. */
export interface CoreParts {
  readonly transport: Transport
  readonly replicas: Replicas | null
  readonly scheduler: EventLoopScheduler
}

/**
 * The core with a source for every product, account and region that is configured.
 * @param providers one of a product that has no settings has no source
 */
export function createCore(
  config: Config,
  tools: AppTools,
  { transport, replicas, scheduler }: CoreParts,
  providers: readonly Provider[] = PROVIDERS,
): TaskService {
  const { log, metrics, clock } = tools
  const reportWord = createWordReport(log, metrics)
  const report: RowReport = {
    unknownWord: ({ provider }, kind, word) => reportWord(provider, kind, word),
    rowLeftOut: (source) => metrics.rowLeftOut(source),
  }
  const reportFailure = createFailureReport(log, clock.now)
  const { cacheTtlMs } = config.upstream
  const coalesce = createCoalescing(cacheTtlMs, clock.now, replicas?.texts ?? null, metrics.cache)
  const memory = createTaskMemory(cacheTtlMs, clock.now, metrics.cache, replicas?.hints ?? null)
  const credentials = new Map(
    config.accounts.map((account) => [account.name, createCredentials(account, tools)]),
  )
  const ownerOf = ownerAmong(providers)
  const parts = {
    config,
    tools,
    transport,
    replicas,
    scheduler,
    coalesce,
    report,
    reportWord,
    reportFailure,
    memory,
    ownerOf,
  }
  const sources = providers.flatMap((provider) =>
    keysOf(provider, config).map((key) =>
      createSource(provider, key, credentialsOf(key, credentials), parts),
    ),
  )
  const listTools: ListTools = {
    cursors: new CursorCodec(cursorKeys(config, log)),
    now: clock.now,
    scanCalls: config.upstream.scanCalls,
    toleranceSeconds: config.orderToleranceSeconds,
    maxAgeMs: cacheTtlMs,
  }
  return new TaskService(sources, listTools, createFinderTools(cacheTtlMs, clock.now, memory))
}

/** What all sources are made with. */
interface Parts extends CoreParts {
  readonly config: Config
  readonly tools: AppTools
  readonly coalesce: Coalesce
  readonly report: RowReport
  readonly reportWord: WordReport
  readonly memory: TaskMemory
  readonly reportFailure: FailureReport
  readonly ownerOf: InstanceOwner
}

function createSource(
  provider: Provider,
  key: SourceKey,
  credentials: CredentialProvider,
  parts: Parts,
): ObservedSource {
  const { config, transport, coalesce, replicas, scheduler, report, reportFailure, ownerOf } = parts
  const { log, metrics, clock, traces = null } = parts.tools
  const { endpoint, callsPerSecond } = settingsOf(provider, config)
  const call = createUpstreamStack({
    trace: traces === null ? null : trace(provider.service, key, clock.now),
    coalesce: coalesce(key, provider),
    service: provider.service,
    version: provider.version,
    endpoint,
    region: key.region,
    credentials,
    transport,
    turn: () => scheduler.yieldTurn('end'),
    lane: sourceName(key),
    callsPerSecond,
    ...(replicas !== null && { sendLog: replicas.sendLog(key) }),
    // Whoever has less time than an attempt would never see one fail.
    attemptTimeoutMs: Math.min(config.upstream.attemptTimeoutMs, config.upstream.deadlineMs),
    clock,
    random: Math.random,
    sleep,
    log: log.child({ account: key.account }),
    ...observe(key, metrics),
    onUnknownCode: (code) => parts.reportWord(key.provider, 'code', code),
  })
  const source = provider.createSource({
    key,
    call,
    ownerOf,
    report,
    memory: parts.memory,
    now: clock.now,
  })
  return new ObservedSource(source, callsPerSecond, clock.now, {
    problem(problem) {
      if (problem.kind === 'disorder') metrics.listOutOfOrder(key)
      else if (problem.kind === 'contradiction') metrics.listContradicted(key)
      else if (problem.kind === 'row too large') metrics.rowLeftOut(key)
      log.warn({ source: key, problem }, 'the answers of a list cannot be trusted')
    },
    failure: (failure) => reportFailure(key, failure),
  })
}

function keysOf({ name: provider }: Provider, { accounts }: Config): readonly SourceKey[] {
  return accounts.flatMap(({ name, regions }) =>
    (regions[provider] ?? []).map((region) => ({ provider, account: name, region })),
  )
}

function settingsOf({ name }: Provider, { products }: Config): ProductConfig {
  const settings = products[name]
  if (settings === undefined) throw new Error(`the product ${name} has regions but no other settings`)
  return settings
}

/** What the client tells of itself, as metrics. */
function observe(key: SourceKey, metrics: Metrics) {
  return {
    onCall: ({ outcome, durationMs }: CallReport) =>
      metrics.upstreamCall(key, outcome === 'OK' ? 'ok' : outcome, durationMs),
    onQuota: (waitedMs: number, rate: number) => metrics.queueWait(key, waitedMs, rate),
    onRetry: ({ code }: UpstreamFailure) => metrics.upstreamRetry(key, code),
    onBreaker: (state: CircuitState) => metrics.breaker(key, state),
    onQueueLength: (calls: number) => metrics.guards.queueLength(key, calls),
    onSecondCall: () => metrics.guards.secondCall(key),
    onRetryBudget: (left: number) => metrics.guards.retryBudget(key, left),
    onClockOffset: (offsetMs: number) => metrics.guards.clockOffset(key, offsetMs),
  }
}

function credentialsOf(
  { account }: SourceKey,
  credentials: ReadonlyMap<string, CredentialProvider>,
): CredentialProvider {
  const found = credentials.get(account)
  if (found === undefined) throw new Error(`no account ${account} is configured`)
  return found
}
