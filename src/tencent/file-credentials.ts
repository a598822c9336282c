import { WatchedFile } from '../lib/watched-file'
import { isSameCredential, type Credential, type CredentialProvider } from './credentials'
import { readCredentialsFiles } from './credentials-files'

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

/** The credential of a file, which is read again when it has changed. While it is being written, or gone, the last good one stays. */
export function createFileCredentials(options: FileCredentialsOptions): CredentialProvider {
  const { path, profile, clock } = options
  let current = options.first
  let problem = ''

  const warn = (text: string): false => {
    if (text !== problem) options.log.warn({ problem: text }, 'the last good credential stays in use')
    problem = text
    return false
  }

  const read = async (): Promise<boolean> => {
    const result = await readCredentialsFiles([path], profile)
    if (result.kind === 'broken') return warn(result.problem)
    if (result.kind === 'absent') return warn(`${path} has no [${profile}] any more`)
    problem = ''
    if (!isSameCredential(result.credential, current)) options.onChange(result.credential)
    current = result.credential
    return true
  }

  const file = new WatchedFile(path, '', () => clock.now(), read)
  return {
    get: () => file.check()?.then(() => current) ?? current,
    async replace(refused) {
      if (isSameCredential(current, refused)) await file.checkNow()
      return !isSameCredential(current, refused)
    },
  }
}
