import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A built program that runs as a process of its own. */
export interface Program {
  readonly url: string
  /** Returns the exit code; null where a signal ended it. */
  stop(): Promise<number | null>
}

const BUILT = join(__dirname, '..', '..', '..')

/** On a free port, with nothing else in its environment. */
export function startEmulator(): Promise<Program> {
  return start('emulator/main.js', { EMULATOR_PORT: '0' }, /emulated at (\S+)/)
}

/** In front of the emulator; without a cache, so that every question is a call. */
export function startGateway(
  emulator: Program,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const settings = {
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: '0',
    TASK_GATEWAY_DRAIN_MS: '0',
    TASK_GATEWAY_CACHE_TTL_MS: '0',
    TENCENTCLOUD_SECRET_ID: 'AKIDEMULATEDKEYFORTHEDEMOONLY',
    TENCENTCLOUD_SECRET_KEY: 'emulated-secret-for-the-demo-only',
    TENCENTCLOUD_REGION: 'ap-guangzhou',
    TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
  }
  return start('main.js', { ...settings, ...env }, /"url":"([^"]+)"/)
}

/** @param address what the program prints before its address */
async function start(file: string, env: Readonly<Record<string, string>>, address: RegExp): Promise<Program> {
  const child = spawn(process.execPath, [join(BUILT, file)], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit').then(() => process.off('exit', kill))
  const url = await Promise.race([addressIn(child, address), ended.then(() => null)])
  if (url === null) throw new Error(`${file} has ended before it served`)
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

function addressIn({ stdout }: ChildProcess, address: RegExp): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    // Goes on to be read, or the program would wait with its next line.
    stdout?.on('data', (chunk: Buffer) => {
      if (text.length < 10_000) text += chunk.toString()
      const url = address.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}
