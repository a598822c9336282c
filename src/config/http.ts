import { isIP } from 'node:net'
import type { Environment } from './environment'
import { isLoopback } from './loopback'
import { isMadeByKubernetes } from './names'

export interface HttpConfig {
  readonly host: string
  /** True where only this machine reaches us. */
  readonly loopback: boolean
  /** 0 is any free port. */
  readonly port: number
  /** 0 is off. */
  readonly adminPort: number
  readonly graphiql: boolean
  readonly introspection: boolean
  /** How long to go on serving after the signal to stop. */
  readonly drainMs: number
  /** How long open requests may take after that. */
  readonly closeMs: number
  readonly bodyLimitBytes: number
}

const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i

export function parseHttp(environment: Environment, production: boolean): HttpConfig {
  const host = parseHost(environment)
  const port = environment.integer('PORT', { min: 0, max: 65_535, fallback: 4000 })
  const adminPort = parseAdminPort(environment)
  if (adminPort !== 0 && adminPort === port) {
    environment.problems.push(`TASK_GATEWAY_ADMIN_PORT and PORT are both ${port}: they must differ`)
  }
  return {
    host,
    loopback: isLoopback(host),
    port,
    adminPort,
    graphiql: environment.flag('TASK_GATEWAY_GRAPHIQL', !production),
    introspection: environment.flag('TASK_GATEWAY_INTROSPECTION', !production),
    drainMs: environment.integer('TASK_GATEWAY_DRAIN_MS', { min: 0, max: 600_000, fallback: 5000 }),
    closeMs: 10_000,
    bodyLimitBytes: 262_144,
  }
}

function parseHost(environment: Environment): string {
  const host = environment.text('HOST') ?? '127.0.0.1'
  const anonymous = environment.flag('TASK_GATEWAY_ALLOW_ANONYMOUS', false)
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    environment.refuse('HOST', 'it must be a host name or an address, without port or brackets')
  } else if (
    !isLoopback(host) &&
    !anonymous &&
    (environment.text('TASK_GATEWAY_AUTH') ?? 'none') === 'none'
  ) {
    environment.refuse(
      'HOST',
      'off loopback anybody who reaches it may read every task; set TASK_GATEWAY_AUTH to api-key or jwt, or TASK_GATEWAY_ALLOW_ANONYMOUS=true to mean that, or HOST=127.0.0.1',
    )
  }
  return host
}

function parseAdminPort(environment: Environment): number {
  const name = 'TASK_GATEWAY_ADMIN_PORT'
  const fallback = 9464
  if (isMadeByKubernetes(name, environment.text(name) ?? '')) {
    environment.warnings.push(
      `${name} is ignored, as Kubernetes made it for a service called task-gateway-admin; the port is ${fallback}`,
    )
    return fallback
  }
  return environment.integer(name, { min: 0, max: 65_535, fallback })
}
