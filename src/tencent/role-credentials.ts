import { SingleFlight } from '../lib/single-flight'
import { isSameCredential, type Credential, type CredentialProvider } from './credentials'
import type { RoleCredential, RoleLookup } from './role-metadata'

export interface RoleCredentialsOptions {
  /** The one that was found at the start. */
  readonly first: RoleCredential
  /** Asks the metadata service, within a time limit of its own. @throws Error */
  readonly ask: () => Promise<RoleLookup>
  readonly clock: { now(): number }
  /** Told of every other credential before it is used, so that the log can hide it. */
  readonly onChange: (credential: Credential) => void
  readonly log: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
}

const AHEAD_MS = 5 * 60_000
/** A service that is down, or that has nothing newer yet, is left alone for so long. */
const PAUSE_MS = 10_000
const URGENT_PAUSE_MS = 1000

/**
 * The machine's role. A credential is replaced five minutes before it expires while calls go on with the old one;
 * only where that has expired do they wait. Whoever asks at the same time shares one question.
 */
export function createRoleCredentials(options: RoleCredentialsOptions): CredentialProvider {
  const { clock } = options
  let current = options.first
  let askedMs = -Infinity
  let problem: unknown = null
  const renewal = new SingleFlight<void>()

  const ask = async (): Promise<void> => {
    askedMs = clock.now()
    try {
      const lookup = await options.ask()
      if (lookup.kind === 'absent') throw new Error('the machine has no role any more')
      problem = null
      if (!isSameCredential(lookup.credential, current)) options.onChange(lookup.credential)
      current = lookup.credential
    } catch (error) {
      problem = error
      options.log.warn(
        { err: error, expiresMs: current.expiresMs },
        "the role's credential could not be renewed",
      )
    }
  }

  /** One question at a time, and none too soon after the last. */
  const renew = (pauseMs: number): Promise<void> => {
    const sinceMs = clock.now() - askedMs
    if (!renewal.isRunning() && sinceMs >= 0 && sinceMs < pauseMs) return Promise.resolve()
    return renewal.share(ask)
  }

  const leftMs = (): number => current.expiresMs - clock.now()

  const unexpired = (): Credential => {
    if (leftMs() <= 0) throw new Error('the credential of the role has expired', { cause: problem })
    return current
  }

  return {
    get(signal) {
      if (leftMs() > AHEAD_MS) return current
      const renewed = renew(leftMs() > 0 ? PAUSE_MS : URGENT_PAUSE_MS)
      return leftMs() > 0 ? current : untilAborted(renewed, signal).then(unexpired)
    },
    async replace(refused, signal) {
      if (isSameCredential(current, refused)) await untilAborted(renew(URGENT_PAUSE_MS), signal)
      return !isSameCredential(current, refused)
    },
  }
}

/** The question goes on for the others when one of those who wait goes away. */
function untilAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    void done.then(end)
  })
}
