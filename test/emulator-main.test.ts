import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ask } from './support/emulator'

const MAIN = join(__dirname, '..', 'dist', 'emulator', 'main.js')

/** The built command as a process of its own, and what it has printed so far. */
function run(port: string) {
  const child = spawn(process.execPath, [MAIN], { env: { EMULATOR_PORT: port } })
  let printed = ''
  const add = (chunk: Buffer) => {
    printed += chunk.toString()
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const ready = new Promise<void>((resolve) => {
    const look = () => {
      if (printed.includes('stops it.')) resolve()
    }
    child.stdout.on('data', look)
    child.once('exit', () => resolve())
  })
  return { child, ready, printed: () => printed }
}

describe('npm run emulator', () => {
  it('prints where it is and what to set, answers with those keys, and stops on SIGTERM', async () => {
    const { child, ready, printed } = run('0')
    await ready
    const setting = (name: string) => new RegExp(`export ${name}=(.+)`).exec(printed())?.[1] ?? ''
    const url = setting('TASK_GATEWAY_CDB_ENDPOINT')
    expect(setting('TASK_GATEWAY_POSTGRES_ENDPOINT')).toBe(url)
    const credential = {
      secretId: setting('TENCENTCLOUD_SECRET_ID'),
      secretKey: setting('TENCENTCLOUD_SECRET_KEY'),
    }
    const region = setting('TENCENTCLOUD_REGION')
    const reply = await ask({ url, clock: { now: Date.now } }, { credential, region })
    expect(reply.response['TotalCount']).toBeGreaterThan(3000)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('takes a free port where the wanted one is taken, and says so', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const taken = typeof address === 'object' ? String(address?.port) : ''
    const { child, ready, printed } = run(taken)
    await ready
    other.close()
    expect(printed()).toContain(`Port ${taken} is taken, so a free one is used.`)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('says what is wrong with a port that is none', async () => {
    const { child, printed } = run('abc')
    expect(await once(child, 'close')).toEqual([1, null])
    expect(printed()).toBe('EMULATOR_PORT is "abc", but must be a port from 0 (a free one) to 65535\n')
  })
})
