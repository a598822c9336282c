import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const ENTRY = join(__dirname, '..', '..', 'dist', 'main.js')

/** The built gateway as a process of its own; it sees only these variables. */
export class GatewayProcess {
  stdout = ''
  stderr = ''
  /** Null where a signal ended it. */
  readonly exitCode: Promise<number | null>
  readonly #child: ChildProcess

  constructor(
    variables: Readonly<Record<string, string>>,
    nodeArguments: readonly string[] = [],
    /** The entry, or whatever starts the gateway in its place. */
    command: readonly [string, ...string[]] = [process.execPath, ...nodeArguments, ENTRY],
  ) {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const [program, ...rest] = command
    const child = spawn(program, rest, { env: variables, stdio })
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.#child = child
    this.exitCode = once(child, 'close').then(() => child.exitCode)
  }

  /** The log so far. */
  get lines(): readonly Readonly<Record<string, unknown>>[] {
    const complete = this.stdout.split('\n').slice(0, -1)
    return complete.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** The address, as soon as it serves. */
  async url(): Promise<string> {
    for (;;) {
      const url = this.lines.find((line) => line.msg === 'the gateway serves')?.url
      if (typeof url === 'string') return url
      if (this.#child.exitCode !== null) throw new Error(`the gateway has ended: ${this.stderr}`)
      await Promise.race([once(this.#child, 'exit'), this.#nextOutput()])
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends it in any case. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exitCode
  }

  async #nextOutput(): Promise<void> {
    if (this.#child.stdout !== null) await once(this.#child.stdout, 'data')
  }
}
