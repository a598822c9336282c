import { setMaxListeners } from 'node:events'
import type { UpstreamFailure } from '../failure'
import { createAttempt, type AttemptOptions } from './attempt'
import type { TencentClient } from './client'
import { givenUp } from './exchange-failure'
import { stringifyJson } from './json'
import { createQuota } from './quota'
import { withRetry } from './retry'

export interface TencentClientOptions extends AttemptOptions {
  /** The quota of this account, product and region. */
  readonly callsPerSecond: number
  /** 0 up to, not including, 1. */
  readonly random: () => number
  /** Resolves after the delay or when the signal aborts; never rejects. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>
  readonly log?: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
}

/** Retry(quota → sign → send → open the envelope), for one product in one account and region. */
export function createTencentClient(options: TencentClientOptions): TencentClient {
  const { service, region, log } = options
  const attempt = createAttempt(options, createQuota(options))
  const onRetry = ({ code, upstreamCode, requestId }: UpstreamFailure, delayMs: number): void => {
    log?.warn({ service, region, code, upstreamCode, requestId, delayMs }, 'an upstream call is tried again')
  }
  return {
    async call(action, parameters, scope) {
      if (scope.signal.aborted) throw givenUp(service, scope.signal)
      // Many calls wait under one signal, which would be taken for a leak from the eleventh on.
      setMaxListeners(0, scope.signal)
      const body = stringifyJson(parameters)
      return withRetry(() => attempt({ action, body, scope }), scope, { ...options, onRetry })
    },
  }
}
