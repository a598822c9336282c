import { keyFileState, readKeyFile, type ApiKey, type KeyFile } from './key-file'

export interface KeyRingOptions {
  readonly path: string
  /** As it was read at the start. */
  readonly first: KeyFile
  readonly now: () => number
  /** Told of every other version of the file; where it has problems, the last good keys stay. */
  readonly report: (file: KeyFile) => void
}

/** The keys that hold now. */
export type KeyRing = () => Promise<readonly ApiKey[]>

const LOOK_AGAIN_MS = 1000
/** A file that was written just now may be half of what it is to be, and still look whole. */
const SETTLED_MS = 200

/**
 * The keys of a file, which is read again when it has changed: looked at once a second at most, and while it is
 * wrong, being written, or gone, the last good keys stay.
 */
export function createKeyRing({ path, first, now, report }: KeyRingOptions): KeyRing {
  let { keys, state: readState } = first
  let lookedMs = -Infinity
  let running: Promise<void> | null = null

  const look = async (): Promise<void> => {
    lookedMs = now()
    const { state, modifiedMs } = await keyFileState(path)
    const ageMs = lookedMs - modifiedMs
    if (state === readState || (ageMs >= 0 && ageMs < SETTLED_MS)) return
    const file = await readKeyFile(path)
    readState = file.state
    if (file.problems.length === 0) keys = file.keys
    report(file)
  }

  return async () => {
    const sinceMs = now() - lookedMs
    if (sinceMs < 0 || sinceMs >= LOOK_AGAIN_MS) running ??= look().finally(() => (running = null))
    await running
    return keys
  }
}
