import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const ENTRY = join(__dirname, '..', '..', 'dist', 'demo.js')

/** The built demo as a process of its own. */
export class DemoProcess {
  /** All that it printed so far. */
  output = ''
  /** What of it went to stderr. */
  errors = ''
  readonly #child: ChildProcess

  constructor(
    variables: Readonly<Record<string, string>>,
    [program, ...rest]: readonly [string, ...string[]] = [process.execPath, ENTRY],
  ) {
    const child = spawn(program, rest, {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
    this.#child = child
  }

  /** The gateway's address, as soon as it is printed. */
  async url(): Promise<string> {
    for (;;) {
      const [, url] = /GraphiQL\s+(\S+)\/graphiql/.exec(this.output) ?? []
      if (url !== undefined) return url
      if (this.#child.exitCode !== null) throw new Error(`the demo has ended: ${this.output}`)
      await new Promise<void>((resolve) => {
        this.#child.stdout?.once('data', () => resolve())
        this.#child.once('exit', () => resolve())
      })
    }
  }

  /** Ends it as Ctrl-C does; returns the exit code. */
  async stop(): Promise<number | null> {
    const exit = once(this.#child, 'close')
    this.#child.kill('SIGINT')
    await exit
    return this.#child.exitCode
  }
}
