import { request } from 'node:http'
import { startEmulator, type Emulator } from '../src/emulator/start'
import type { Fault } from '../src/emulator/server/faults'
import { createEmptyWorld } from '../src/emulator/world/create-world'
import { ask, record, type Reply } from './support/emulator'

let emulator: Emulator
const slept: number[] = []

beforeEach(async () => {
  slept.length = 0
  const world = createEmptyWorld()
  world.insert('cdb', 'ap-guangzhou', { JobId: 1 })
  const sleep = (delayMs: number) => {
    slept.push(delayMs)
    return Promise.resolve()
  }
  emulator = await startEmulator({ world, sleep, quotas: 'off' })
})
afterEach(() => emulator.close())

function strike(fault: Fault): Promise<Reply> {
  emulator.faults.add({ fault, times: 1 })
  return ask(emulator)
}

describe('a fault', () => {
  it('cuts the connection', async () => {
    await expect(strike({ kind: 'reset' })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
  })

  it('cuts the answer in half', async () => {
    await expect(strike({ kind: 'truncated' })).rejects.toThrow('terminated')
  })

  it('delays the right answer, or drips it', async () => {
    expect((await strike({ kind: 'slow', delayMs: 700 })).response).toMatchObject({ TotalCount: 1 })
    expect(slept).toEqual([700])
    const dripped = await strike({ kind: 'drip', pauseMs: 3 })
    expect(dripped.response).toMatchObject({ TotalCount: 1 })
    expect(slept.length).toBe(1 + dripped.text.length)
  })

  it('answers what is no JSON, or a JSON of its own', async () => {
    const broken = await strike({ kind: 'badJson' })
    expect(() => void JSON.parse(broken.text)).toThrow()
    expect((await strike({ kind: 'badJson', text: 'oops' })).text).toBe('oops')
    for (const json of [null, {}, [null], { Response: { Items: {} } }]) {
      expect(JSON.parse((await strike({ kind: 'body', json })).text)).toEqual(json)
    }
  })

  it('puts fields of its own over the right answer', async () => {
    const { response } = await strike({ kind: 'response', fields: { Items: [null, 5] } })
    expect(response).toMatchObject({ TotalCount: 1, Items: [null, 5] })
    expect(response['RequestId']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('answers another status with a page, as the front does', async () => {
    const reply = await strike({ kind: 'status', status: 504 })
    expect([reply.status, reply.headers.get('content-type')]).toEqual([504, 'text/html'])
    expect(reply.text).toContain('<html>')
  })

  it('answers an error of the API under HTTP 200', async () => {
    const reply = await strike({ kind: 'apiError', code: 'InternalError.DesError', message: 'no' })
    expect(reply.status).toBe(200)
    expect(reply.response).toEqual({
      Error: { Code: 'InternalError.DesError', Message: 'no' },
      RequestId: reply.response['RequestId'],
    })
    expect(reply.response['RequestId']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('sends a body as large as asked for, or one that never ends', async () => {
    expect((await strike({ kind: 'huge', bytes: 1_000_000 })).text.length).toBeGreaterThan(1_000_000)
    emulator.faults.add({ fault: { kind: 'endless' }, times: 1 })
    const stop = new AbortController()
    const received = ask(emulator, { signal: stop.signal })
    await logged('fault:endless')
    stop.abort()
    await expect(received).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('leaves a call without an answer, and closing cuts it at once', async () => {
    const hanging = strike({ kind: 'hang' })
    const outcome = expect(hanging).rejects.toThrow('fetch failed')
    await logged('fault:hang')
    await emulator.close()
    await outcome
  })

  it('comes after the signature was checked', async () => {
    emulator.faults.add({ fault: { kind: 'status', status: 500 } })
    const reply = await ask(emulator, { credential: { secretId: 'AKIDNOBODY', secretKey: 'x' } })
    expect(reply.code).toBe('AuthFailure.SecretIdNotFound')
  })
})

describe('the script of faults', () => {
  const codes = async (count: number, region = 'ap-guangzhou') => {
    const seen: (string | null)[] = []
    for (let call = 0; call < count; call += 1) seen.push((await ask(emulator, { region })).code)
    return seen
  }
  const error = { kind: 'apiError', code: 'CdbError' } as const

  it('strikes so many calls, after so many, and then no more', async () => {
    emulator.faults.add({ fault: error, after: 1, times: 2 })
    expect(await codes(4)).toEqual([null, 'CdbError', 'CdbError', null])
    expect(emulator.faults.rules()).toEqual([])
  })

  it('strikes one service and region until it is cleared', async () => {
    emulator.faults.add({ fault: error, service: 'cdb', region: 'ap-shanghai' })
    expect(await codes(2)).toEqual([null, null])
    expect(await codes(2, 'ap-shanghai')).toEqual(['CdbError', 'CdbError'])
    emulator.faults.clear('postgres')
    expect(await codes(1, 'ap-shanghai')).toEqual(['CdbError'])
    emulator.faults.clear()
    expect(await codes(1, 'ap-shanghai')).toEqual([null])
  })

  it('strikes by chance, and the same calls for the same seed', async () => {
    emulator.faults.add({ fault: error, probability: 0.5 })
    const seen = await codes(40)
    const struck = seen.filter((code) => code !== null).length
    expect(struck).toBeGreaterThan(8)
    expect(struck).toBeLessThan(32)
    const twin = await startEmulator({ world: emulator.world, quotas: 'off' })
    try {
      twin.faults.add({ fault: error, probability: 0.5 })
      const again: (string | null)[] = []
      for (let call = 0; call < 40; call += 1) again.push((await ask(twin)).code)
      expect(again).toEqual(seen)
    } finally {
      await twin.close()
    }
  })
})

describe('the admin route', () => {
  const post = (route: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${emulator.url}/__emulator/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const get = async (route: string): Promise<unknown> =>
    (await fetch(`${emulator.url}/__emulator/${route}`)).json()

  it('scripts faults', async () => {
    await post('faults', { fault: { kind: 'status', status: 502 }, service: 'cdb', times: 1 })
    expect(await get('faults')).toEqual([
      { fault: { kind: 'status', status: 502 }, service: 'cdb', times: 1 },
    ])
    expect((await ask(emulator)).status).toBe(502)
    await post('faults', { fault: { kind: 'reset' } })
    await post('faults/clear', {})
    expect((await ask(emulator)).status).toBe(200)
  })

  it.each([
    [
      { kind: 'count', add: 1 },
      { TotalCount: 2, Items: [{ JobId: 1 }] },
    ],
    [{ kind: 'count', factor: 4, add: -1 }, { TotalCount: 3 }],
    [
      { kind: 'cap', rows: 0 },
      { TotalCount: 1, Items: [] },
    ],
    [{ kind: 'row', fields: { JobId: '1' } }, { Items: [{ JobId: '1', TaskStatus: 'SUCCEED' }] }],
    [{ kind: 'row', id: 2, fields: { Code: 9 } }, { Items: [{ JobId: 1, Code: 0 }] }],
    [{ kind: 'hugeRow', id: 1, bytes: 5 }, { Items: [{ JobId: 1, Message: 'xxxxx' }] }],
  ])('scripts an oddity of the answer: %j', async (oddity, shown) => {
    await post('faults', { oddity, times: 1 })
    expect((await ask(emulator)).response).toMatchObject(shown)
    expect((await ask(emulator)).response).toMatchObject({ TotalCount: 1, Items: [{ JobId: 1, Code: 0 }] })
  })

  it('lets several oddities meet in one answer, beside a fault', async () => {
    await post('faults', { oddity: { kind: 'count', add: 1 } })
    await post('faults', { oddity: { kind: 'count', factor: 10 } })
    await post('faults', { fault: { kind: 'response', fields: { RequestId: 'x' } } })
    expect((await ask(emulator)).response).toMatchObject({ TotalCount: 20, RequestId: 'x' })
  })

  it('changes the world', async () => {
    const place = { service: 'cdb', region: 'ap-guangzhou' }
    const added = await post('rows/insert', { ...place, row: { StartTime: '2026-01-01 00:00:00' } })
    expect(await added.json()).toEqual({ id: 2 })
    await post('rows/change', { ...place, id: 2, row: { TaskStatus: 'FAILED' } })
    expect((await ask(emulator)).response).toMatchObject({
      Items: [{ JobId: 2, TaskStatus: 'FAILED' }, { JobId: 1 }],
    })
    await post('rows/remove', { ...place, id: 2 })
    expect(await (await post('rows/age-out', { ...place, count: 5 })).json()).toEqual({ ids: [1] })
    expect(await get('rows?service=cdb&region=ap-guangzhou')).toEqual([])
  })

  it('shows the log, and sets the clock, the latency and the quotas', async () => {
    await ask(emulator)
    expect(record(await get('log'))).toMatchObject({
      counters: { 'cdb ap-guangzhou ok': 1 },
      maxPerSecond: 1,
    })
    await post('log/clear', {})
    expect(record(await get('log'))).toMatchObject({ counters: {}, calls: [] })
    await post('clock', { shiftMs: 86_400_000 })
    expect(record(await get('clock'))).toMatchObject({ shiftMs: 86_400_000 })
    await post('latency', { latencyMs: 40 })
    await ask(emulator)
    expect(slept).toEqual([40])
    await post('quota', { cdb: 1, postgres: 1 })
    await ask(emulator)
    expect((await ask(emulator)).code).toBe('RequestLimitExceeded')
    await post('quota', { on: false })
    expect((await ask(emulator)).code).toBeNull()
  })

  it.each([
    ['faults', { fault: { kind: 'earthquake' } }, '"fault.kind" is "earthquake", which is no fault'],
    ['faults', { oddity: { kind: 'comet' } }, '"oddity.kind" is "comet", which is no oddity'],
    ['rows/insert', { service: 'redis', region: 'x' }, '"service" must be "cdb" or "postgres"'],
    ['rows/remove', { service: 'cdb', region: 'ap-guangzhou', id: 99 }, 'there is no task 99 in this list'],
    ['clock', {}, '"shiftMs" must be a number'],
    ['rows/insert', { account: 'nobody', service: 'cdb', region: 'x' }, 'there is no account "nobody"'],
  ])('says what is wrong with %s %j', async (route, body, error) => {
    const answer = await post(route, body)
    expect([answer.status, await answer.json()]).toEqual([400, { error }])
  })

  it('cannot be reached by a page, nor by a name that leads to loopback', async () => {
    expect((await post('clock', { shiftMs: 1 }, { 'content-type': 'text/plain' })).status).toBe(403)
    expect((await post('clock', { shiftMs: 1 }, { origin: 'http://evil.example' })).status).toBe(403)
    expect(await statusUnderHost('evil.example')).toBe(403)
    expect(await statusUnderHost(`localhost:${emulator.port}`)).toBe(200)
    expect((await fetch(`${emulator.url}/__emulator/constructor`)).status).toBe(404)
  })

  function statusUnderHost(host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const call = request(`${emulator.url}/__emulator/clock`, { headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      call.once('error', reject).end()
    })
  }
})

/** Waits until a call with this outcome is in the log. */
async function logged(outcome: string): Promise<void> {
  while (emulator.log.count({ outcome }) === 0) await new Promise((resolve) => setImmediate(resolve))
}
