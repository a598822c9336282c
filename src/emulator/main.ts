import { startEmulator, type Emulator } from './start'
import { MAIN_REGION } from './world/regions'

const USUAL_PORT = 9300

async function main(): Promise<void> {
  const port = readPort(process.env['EMULATOR_PORT'])
  const emulator = await startOn(port)
  const stop = () => void emulator.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  // Last: whoever reads this may stop the process at once.
  process.stdout.write(introduction(emulator, port))
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return USUAL_PORT
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new Error(`EMULATOR_PORT is "${text}", but must be a port from 0 (a free one) to 65535`)
}

/** The port that is wanted, or a free one where that is taken. */
async function startOn(port: number): Promise<Emulator> {
  try {
    return await startEmulator({ port })
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!taken) throw error
    return startEmulator()
  }
}

function introduction({ url, port, credential }: Emulator, wanted: number): string {
  const other = wanted !== 0 && port !== wanted ? `Port ${wanted} is taken, so a free one is used.\n` : ''
  return `${other}Both upstream APIs are emulated at ${url} (the data is made up).
To point the gateway there:

  export TENCENTCLOUD_SECRET_ID=${credential.secretId}
  export TENCENTCLOUD_SECRET_KEY=${credential.secretKey}
  export TENCENTCLOUD_REGION=${MAIN_REGION}
  export TASK_GATEWAY_CDB_ENDPOINT=${url}
  export TASK_GATEWAY_POSTGRES_ENDPOINT=${url}

What was asked: curl ${url}/__emulator/log
Ctrl-C stops it.
`
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
