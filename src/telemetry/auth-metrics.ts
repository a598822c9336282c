import { Counter, type Registry } from 'prom-client'

/** What became of a caller's credentials. */
export type AuthenticationOutcome = 'ok' | 'unauthenticated' | 'forbidden' | 'unavailable'

export interface AuthMetrics {
  authentication(outcome: AuthenticationOutcome): void
}

export function createAuthMetrics(registry: Registry): AuthMetrics {
  const authentications = new Counter({
    name: 'task_gateway_authentications_total',
    help: 'Credentials of callers that were checked',
    labelNames: ['outcome'],
    registers: [registry],
  })
  return { authentication: (outcome) => authentications.inc({ outcome }) }
}
