import { identifyByKey, createKeyRing } from '../auth/api-key'
import {
  type Authenticate,
  AuthenticationUnavailable,
  Forbidden,
  type Identify,
  identifyAnyone,
  Unauthenticated,
  withRouter,
} from '../auth/authenticate'
import { createJwks } from '../auth/jwks'
import { identifyByToken } from '../auth/jwt'
import type { KeyFile } from '../auth/key-file'
import type { Config } from '../config'
import { unknownLimits } from '../config/auth'
import { createCallerReport } from '../telemetry/log'
import { afterTimer } from '../time-limit'
import type { AppTools } from './core'

/** How callers say who they are, as it is configured. */
export async function createAuthenticate(config: Config, tools: AppTools): Promise<Authenticate> {
  const identify = await identifyAs(config, tools)
  return withRouter(config.auth.kind === 'none' ? identify : observed(identify, tools), config.routerSecret)
}

async function identifyAs({ auth, accounts }: Config, { log, clock }: AppTools): Promise<Identify> {
  switch (auth.kind) {
    case 'none':
      return identifyAnyone
    case 'api-key': {
      const report = ({ keys, problems }: KeyFile): void => {
        if (problems.length > 0) log.error({ problems }, 'the last good API keys stay in use')
        else log.info({ names: keys.map(({ name }) => name) }, 'the API keys have been read again')
        if (problems.length === 0) for (const warning of unknownLimits(keys, accounts)) log.warn(warning)
      }
      const { path, file: first } = auth
      return identifyByKey(createKeyRing({ path, first, now: clock.now, later: afterTimer, report }))
    }
    case 'jwt': {
      const jose = await import('jose')
      const failed = (err: unknown) => log.error({ err }, 'the keys of the issuer could not be fetched')
      const keyOf = createJwks({ jose, url: auth.jwksUrl, now: clock.now, failed })
      return identifyByToken({ jose, keyOf, ...auth, now: clock.now })
    }
  }
}

/** Counts, and logs why credentials were refused, which the caller is not told. */
function observed(identify: Identify, { log, metrics, clock }: AppTools): Identify {
  const report = createCallerReport(log, clock.now)
  return async (credentials) => {
    try {
      const identity = await identify(credentials)
      metrics.authentication('ok')
      return identity
    } catch (error) {
      if (error instanceof Unauthenticated) {
        metrics.authentication('unauthenticated')
        report(error.reason, error.detail)
      } else if (error instanceof Forbidden) {
        metrics.authentication('forbidden')
        report(error.reason)
      } else if (error instanceof AuthenticationUnavailable) metrics.authentication('unavailable')
      throw error
    }
  }
}
