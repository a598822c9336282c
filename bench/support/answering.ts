import { fork, type ChildProcess, type ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program of ours in a process of its own, which answers one message with one message and ends with this process. */
export class Answering {
  private readonly child: ChildProcess
  private readonly ended: Promise<unknown>

  constructor(
    private readonly file: string,
    options: ForkOptions,
  ) {
    this.child = fork(file, options)
    const kill = () => this.child.kill('SIGKILL')
    process.once('exit', kill)
    this.ended = once(this.child, 'exit').then(() => process.off('exit', kill))
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  ask(question: object | string): Promise<unknown> {
    const answer = this.answer()
    this.child.send(question)
    return answer
  }

  /** @throws Error where it ends before */
  async answer(): Promise<unknown> {
    const [answer] = (await this.orEnd(once(this.child, 'message'))) as readonly unknown[]
    return answer
  }

  /** What it prints in a line like this. @throws Error where it ends before */
  printed(line: RegExp): Promise<string> {
    const { stdout } = this.child
    if (stdout === null) throw new Error(`${this.file} prints to nobody`)
    const found = new Promise<string>((resolve) => {
      // Goes on to be read, or the program would wait with its next line.
      createInterface(stdout).on('line', (text) => {
        const part = line.exec(text)?.[1]
        if (part !== undefined) resolve(part)
      })
    })
    return this.orEnd(found)
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    await this.ended
  }

  private orEnd<T>(answer: Promise<T>): Promise<T> {
    const ended = this.ended.then(() => {
      throw new Error(`${this.file} has ended before it answered`)
    })
    return Promise.race([answer, ended])
  }
}
