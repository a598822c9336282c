import type { Environment } from './environment'

/** How much is served over WebSocket. */
export interface LiveConfig {
  /** Open at once, in this process. */
  readonly connections: number
  readonly subscriptionsPerConnection: number
  readonly idsPerSubscription: number
}

export function parseLive(environment: Environment): LiveConfig {
  const limit = (name: string, max: number, fallback: number) =>
    environment.integer(name, { min: 1, max, fallback })
  return {
    connections: limit('TASK_GATEWAY_LIVE_CONNECTIONS', 100_000, 1000),
    subscriptionsPerConnection: limit('TASK_GATEWAY_LIVE_SUBSCRIPTIONS_PER_CONNECTION', 10_000, 100),
    idsPerSubscription: limit('TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION', 1000, 100),
  }
}
