import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../support/gateway'

const READY_WITHIN_MS = 45_000
const POLL_MS = 100
const GONE_WITHIN_MS = 5000

const here = (...path: readonly string[]) => join(__dirname, ...path)
const hive = (supergraph: string, port: string) => [
  here('node_modules', '.bin', 'hive-gateway'),
  ...['supergraph', supergraph, '--config-path', here('hive.config.mjs')],
  ...['--host', '127.0.0.1', '--port', port],
]

/** The arguments with which Node runs each router. */
const ROUTERS = {
  'Apollo Gateway': (supergraph: string, port: string) => [here('apollo.mjs'), supergraph, port],
  'Hive Gateway': hive,
  'Hive Gateway, stitching': hive,
}

export type RouterName = keyof typeof ROUTERS

/** One router over a supergraph, as a process of its own on a free port. */
export class RouterProcess {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @throws Error with what it printed, where it does not serve in time */
  static async start(name: RouterName, supergraph: string, secret: string): Promise<RouterProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'router-'))
    const file = join(folder, 'supergraph.graphql')
    writeFileSync(file, supergraph)
    const port = await freePort()
    const child = spawn(process.execPath, ROUTERS[name](file, `${port}`), {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ROUTER_SECRET: secret,
        STITCHING: `${name === 'Hive Gateway, stitching'}`,
      },
    })
    const end = () => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    const router = new RouterProcess(`http://127.0.0.1:${port}`, child, folder)
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    if (await router.#serves()) return router
    await router.stop()
    throw new Error(`${name} does not serve: ${printed}`)
  }

  /** Ends it in any case. */
  async stop(): Promise<void> {
    if (!this.#hasEnded()) {
      const exit = once(this.child, 'exit')
      this.child.kill('SIGTERM')
      const insist = setTimeout(() => this.child.kill('SIGKILL'), GONE_WITHIN_MS)
      await exit
      clearTimeout(insist)
    }
    rmSync(this.folder, { recursive: true })
  }

  async #serves(): Promise<boolean> {
    for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end && !this.#hasEnded();) {
      const answer = await ask(this.url, '{ __typename }').catch(() => null)
      if (answer?.status === 200) return true
      await sleep(POLL_MS)
    }
    return false
  }

  #hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
