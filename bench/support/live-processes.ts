import { fork, type ChildProcess, type ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { REGION, type Holdings, type UpstreamQuestion, type UpstreamReport } from './live-load'

export interface LiveUpstream {
  readonly url: string
  ask(question: UpstreamQuestion): Promise<UpstreamReport>
  stop(): Promise<void>
}

export interface LiveGateway {
  readonly url: string
  holdings(): Promise<Holdings>
  stop(): Promise<void>
}

const BUILT = join(__dirname, '..', '..', '..')

export async function startUpstream(): Promise<LiveUpstream> {
  const process = new Answering(join(__dirname, 'live-upstream.js'), {})
  return {
    url: (await process.answer()) as string,
    ask: async (question) => (await process.ask(question)) as UpstreamReport,
    stop: () => process.stop(),
  }
}

/** The built gateway with the settings that a user gets, but for `env`. */
export async function startGateway(
  upstream: LiveUpstream,
  env: Readonly<Record<string, string>>,
): Promise<LiveGateway> {
  const process = new Answering(join(BUILT, 'main.js'), {
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      TASK_GATEWAY_ADMIN_PORT: '0',
      TASK_GATEWAY_DRAIN_MS: '0',
      TENCENTCLOUD_SECRET_ID: DEMO_CREDENTIAL.secretId,
      TENCENTCLOUD_SECRET_KEY: DEMO_CREDENTIAL.secretKey,
      TENCENTCLOUD_REGION: REGION,
      TASK_GATEWAY_CDB_ENDPOINT: upstream.url,
      TASK_GATEWAY_POSTGRES_ENDPOINT: upstream.url,
      ...env,
    },
    execArgv: ['--expose-gc', '--require', join(__dirname, 'live-probe.js')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  return {
    url: await process.printed(/"url":"([^"]+)"/),
    holdings: async () => (await process.ask('holdings')) as Holdings,
    stop: () => process.stop(),
  }
}

/** A program of ours in a process of its own, which answers one message with one message and ends with this process. */
class Answering {
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

  ask(question: string): Promise<unknown> {
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
