import { stat } from 'node:fs/promises'
import { isSameCredential, type Credential, type CredentialProvider } from './credentials'
import { readCredentialsFiles } from './credentials-files'
import { errorText } from './error-text'

export interface FileCredentialsOptions {
  /** The file and profile in which the first one was found. */
  readonly path: string
  readonly profile: string
  readonly first: Credential
  readonly clock: { now(): number }
  /** Told of every other credential before it is used, so that the log can hide it. */
  readonly onChange: (credential: Credential) => void
  readonly log: { warn(facts: Readonly<Record<string, unknown>>, message: string): void }
}

const LOOK_AGAIN_MS = 1000
/** A file that was written just now may be half of what it is to be, and still look whole. */
const SETTLED_MS = 200

/**
 * The credential of a file, which is read again when it has changed: looked at once a second at most, and while it
 * is being written, or gone, the last good one stays.
 */
export function createFileCredentials(options: FileCredentialsOptions): CredentialProvider {
  const { path, profile, clock } = options
  let current = options.first
  let lookedMs = -Infinity
  let readState = ''
  let problem = ''
  let running: Promise<void> | null = null

  const look = async (): Promise<void> => {
    lookedMs = clock.now()
    // Taken before the file is read: what is written in between looks changed the next time.
    const { state, modifiedMs } = await fileState(path)
    const ageMs = lookedMs - modifiedMs
    if (state === readState || (ageMs >= 0 && ageMs < SETTLED_MS)) return
    const result = await readCredentialsFiles([path], profile)
    if (result.kind !== 'found') {
      warn(result.kind === 'broken' ? result.problem : `${path} has no [${profile}] any more`)
      return
    }
    readState = state
    problem = ''
    if (!isSameCredential(result.credential, current)) options.onChange(result.credential)
    current = result.credential
  }

  const warn = (text: string): void => {
    if (text !== problem) options.log.warn({ problem: text }, 'the last good credential stays in use')
    problem = text
  }

  const share = (): Promise<void> => {
    running ??= look().finally(() => (running = null))
    return running
  }

  return {
    async get() {
      const sinceMs = clock.now() - lookedMs
      if (sinceMs < 0 || sinceMs >= LOOK_AGAIN_MS) await share()
      return current
    },
    async replace(refused) {
      if (isSameCredential(current, refused)) await share()
      return !isSameCredential(current, refused)
    },
  }
}

/** What differs between two versions of a file; a failure to look is a state of its own. */
async function fileState(path: string): Promise<{ state: string; modifiedMs: number }> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return { state: `${ino} ${size} ${mtimeMs}`, modifiedMs: mtimeMs }
  } catch (error) {
    return { state: errorText(error, 'code'), modifiedMs: 0 }
  }
}
