import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import type { Held } from './soak-probe'

/** The built gateway in production mode, with a probe loaded into its process. */
export interface ProbedGateway {
  readonly url: string
  /** Lines of its log of level error or worse, the first hundred. */
  readonly errors: readonly string[]
  /** Whether it still runs. */
  isAlive(): boolean
  /** Returns what the probe answers. @throws Error if the gateway ends instead */
  ask(message: string): Promise<unknown>
  /** Open file descriptors; null where the system does not tell. */
  descriptors(): Promise<number | null>
  /** Returns the exit code; null where a signal ended it. */
  stop(): Promise<number | null>
}

export interface SoakedGateway extends ProbedGateway {
  held(): Promise<Held>
}

const ERROR_LEVELS: readonly unknown[] = ['error', 'fatal']

/** With the settings that a user gets. */
export async function startSoakedGateway(
  emulator: { readonly url: string },
  env: Readonly<Record<string, string>> = {},
): Promise<SoakedGateway> {
  const gateway = await startProbedGateway(emulator, 'soak-probe', env)
  return { ...gateway, held: async () => (await gateway.ask('held')) as Held }
}

/**
 * @param probe a file of this folder
 * @param env what differs from the settings that a user gets
 */
export async function startProbedGateway(
  emulator: { readonly url: string },
  probe: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ProbedGateway> {
  const child = fork(join(__dirname, '..', '..', '..', 'main.js'), {
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      TASK_GATEWAY_ADMIN_PORT: '0',
      TASK_GATEWAY_DRAIN_MS: '0',
      TENCENTCLOUD_SECRET_ID: DEMO_CREDENTIAL.secretId,
      TENCENTCLOUD_SECRET_KEY: DEMO_CREDENTIAL.secretKey,
      TENCENTCLOUD_REGION: MAIN_REGION,
      TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
      TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
      ...env,
    },
    execArgv: ['--expose-gc', '--require', join(__dirname, `${probe}.js`)],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const errors: string[] = []
  const url = await Promise.race([readLog(child, errors), ended.then(() => null)])
  if (url === null) throw new Error('the gateway has ended before it served')
  return {
    url,
    errors,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async ask(message) {
      child.send(message)
      const [answer] = (await Promise.race([
        once(child, 'message'),
        ended.then(() => [null]),
      ])) as readonly unknown[]
      if (answer === null) throw new Error('the gateway has ended')
      return answer
    },
    descriptors: () =>
      readdir(`/proc/${child.pid ?? 0}/fd`).then(
        ({ length }) => length,
        () => null,
      ),
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

/** Returns its address, and goes on to keep what it logs of errors. */
function readLog({ stdout }: ChildProcess, errors: string[]): Promise<string> {
  if (stdout === null) throw new Error('the log is not piped')
  const lines = createInterface(stdout)
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const { level, url } = JSON.parse(line) as { level?: unknown; url?: unknown }
      if (typeof url === 'string') resolve(url)
      if (ERROR_LEVELS.includes(level) && errors.length < 100) errors.push(line)
    })
  })
}
