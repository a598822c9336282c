import { stat } from 'node:fs/promises'
import { errorText } from './error-text'
import { SingleFlight } from './single-flight'

const CHECK_EVERY_MS = 1000
/** A file that was written just now may be incomplete, and still look whole. */
const SETTLED_MS = 200

/** Differs between two versions of a file; a failure to look is a version of its own. */
export async function fileVersion(path: string): Promise<{ version: string; modifiedMs: number }> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path)
    return { version: `${ino} ${size} ${mtimeMs} ${ctimeMs}`, modifiedMs: mtimeMs }
  } catch (error) {
    return { version: errorText(error, 'code'), modifiedMs: 0 }
  }
}

/** Reads a file again when it has changed. It looks at most once a second, and only when it is asked. */
export class WatchedFile {
  private checkedMs = -Infinity
  private readonly checks = new SingleFlight<void>()

  /**
   * @param version of the file as it was last read; empty for none
   * @param read reads the file, and returns false where it must be read again
   */
  constructor(
    private readonly path: string,
    private version: string,
    private readonly now: () => number,
    private readonly read: () => Promise<boolean>,
  ) {}

  /** Null where the last check is recent enough. */
  check(): Promise<void> | null {
    const sinceMs = this.now() - this.checkedMs
    return sinceMs >= 0 && sinceMs < CHECK_EVERY_MS && !this.checks.isRunning() ? null : this.checkNow()
  }

  checkNow(): Promise<void> {
    return this.checks.share(() => this.readIfChanged())
  }

  private async readIfChanged(): Promise<void> {
    this.checkedMs = this.now()
    // Taken before the file is read: what is written in between looks changed the next time.
    const { version, modifiedMs } = await fileVersion(this.path)
    const ageMs = this.checkedMs - modifiedMs
    if (version === this.version || (ageMs >= 0 && ageMs < SETTLED_MS)) return
    if (await this.read()) this.version = version
  }
}
