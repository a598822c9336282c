import { authorization, type SignedHeader } from '../src/tencent/sign'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { createEmptyWorld } from '../src/emulator/world/create-world'
import { DEMO_CREDENTIAL } from '../src/emulator/server/credential'
import { ask, type Question } from './support/emulator'

const TOKEN_CREDENTIAL = {
  secretId: 'AKIDTEMPORARY',
  secretKey: 'temporary-key',
  token: 'the-token',
  tokenExpiresAtMs: 4_000_000_000_000,
}
const OTHER_CREDENTIAL = {
  secretId: 'AKIDOTHER',
  secretKey: 'other-key',
  account: 'other',
  world: createEmptyWorld(),
}

let emulator: Emulator
let nowMs = Date.parse('2026-06-01T12:00:00Z')

beforeEach(async () => {
  nowMs = Date.parse('2026-06-01T12:00:00Z')
  const world = createEmptyWorld()
  world.insert('cdb', 'ap-guangzhou', { JobId: 1 })
  world.insert('postgres', 'ap-guangzhou', {
    TaskId: 18_446_744_073_709_551_615n,
    StartTime: '2026-06-01 00:00:00',
  })
  emulator = await startEmulator({
    world,
    now: () => nowMs,
    credentials: [DEMO_CREDENTIAL, TOKEN_CREDENTIAL, OTHER_CREDENTIAL],
  })
})
afterEach(() => emulator.close())

describe('a signed call', () => {
  it('is answered as the cloud answers: HTTP 200, plain JSON type, the date of its clock', async () => {
    const reply = await ask(emulator)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(reply.headers.get('date')).toBe('Mon, 01 Jun 2026 12:00:00 GMT')
    expect(reply.response).toMatchObject({ TotalCount: 1, Items: [{ JobId: 1 }] })
    expect(reply.response['RequestId']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })

  it('gives a different RequestId to each call, refused ones too', async () => {
    const replies = [
      await ask(emulator),
      await ask(emulator),
      await ask(emulator, { parameters: { Limit: 0 } }),
    ]
    expect(new Set(replies.map(({ response }) => response['RequestId'])).size).toBe(3)
  })

  it('reads and writes ids beyond 2^53 without losing a digit', async () => {
    const id = 18_446_744_073_709_551_615n
    const found = await ask(emulator, { service: 'postgres', parameters: { TaskId: id } })
    expect(found.text).toContain('"TaskId":18446744073709551615,')
    const near = await ask(emulator, { service: 'postgres', parameters: { TaskId: id - 1n } })
    expect(near.response).toMatchObject({ TotalCount: 0 })
  })

  it('is accepted with the host signed without its port, and for a scope that only the version explains', async () => {
    expect((await ask(emulator, { host: '127.0.0.1' })).code).toBeNull()
    expect((await ask(emulator, { scope: '127', host: '127.0.0.1' })).code).toBeNull()
    expect((await ask(emulator, { service: 'postgres', scope: '127' })).code).toBeNull()
  })

  it('is accepted up to five minutes off the clock', async () => {
    const second = nowMs / 1000
    expect((await ask(emulator, { timestampSecond: second - 300 })).code).toBeNull()
    expect((await ask(emulator, { timestampSecond: second + 300 })).code).toBeNull()
    expect((await ask(emulator, { timestampSecond: second - 301 })).code).toBe('AuthFailure.SignatureExpire')
    emulator.clock.shiftMs = 3_600_000
    expect((await ask(emulator, { timestampSecond: second })).code).toBe('AuthFailure.SignatureExpire')
    const late = await ask(emulator)
    expect(late.code).toBeNull()
    expect(late.headers.get('date')).toBe('Mon, 01 Jun 2026 13:00:00 GMT')
  })

  const wrongKey = { secretId: DEMO_CREDENTIAL.secretId, secretKey: 'wrong' }
  it.each<[string, Question, string]>([
    [
      'an unknown key',
      { credential: { secretId: 'AKIDNOBODY', secretKey: 'x' } },
      'AuthFailure.SecretIdNotFound',
    ],
    ['a wrong secret', { credential: wrongKey }, 'AuthFailure.SignatureFailure'],
    ['another host', { host: 'cdb.tencentcloudapi.com' }, 'AuthFailure.SignatureFailure'],
    ['another timestamp', { headers: { 'x-tc-timestamp': '1780315201' } }, 'AuthFailure.SignatureFailure'],
    [
      'another content type',
      { headers: { 'content-type': 'application/json' } },
      'AuthFailure.SignatureFailure',
    ],
    ['a token that nobody gave', { headers: { 'x-tc-token': 'x' } }, 'AuthFailure.TokenFailure'],
    ['no signature', { headers: { authorization: 'SKIP' } }, 'AuthFailure.InvalidAuthorization'],
    ['a timestamp that is none', { headers: { 'x-tc-timestamp': 'now' } }, 'InvalidParameterValue'],
    ['a wrong version', { version: '2017-03-12' }, 'NoSuchVersion'],
    ['an unknown scope and version', { scope: 'cvm', version: '2020-01-01' }, 'NoSuchVersion'],
    ['another action', { action: 'DescribeInstances' }, 'InvalidAction'],
    ['an empty region', { headers: { 'x-tc-region': '' } }, 'InvalidParameterValue'],
    ['an unknown region', { region: 'moon-1' }, 'UnsupportedRegion'],
    ['no region for Postgres', { service: 'postgres', region: null }, 'MissingParameter'],
    ['a body that is not JSON', { body: '{"Limit":' }, 'InvalidParameter'],
    ['a body that is a list', { body: '[]' }, 'InvalidParameter'],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'UnsupportedProtocol'],
  ])('is refused with %s', async (_name, question, code) => {
    const reply = await ask(emulator, question)
    expect([reply.status, reply.code]).toEqual([200, code])
    expect(reply.response['RequestId']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('must sign its content type and host, may sign more, and only for the day of its timestamp', async () => {
    const type: SignedHeader = ['content-type', 'application/json; charset=utf-8']
    const host: SignedHeader = ['host', new URL(emulator.url).host]
    const action: SignedHeader = ['x-tc-action', 'describetasks']
    const signed = (...headers: SignedHeader[]) => {
      const { secretId, secretKey } = DEMO_CREDENTIAL
      const timestampSecond = nowMs / 1000
      return authorization({ secretId, secretKey, service: 'cdb', timestampSecond, headers, body: '{}' })
    }
    const codeOf = async (header: string) =>
      (await ask(emulator, { headers: { authorization: header } })).code
    expect(await codeOf(signed(type, host))).toBeNull()
    expect(await codeOf(signed(type, host, action))).toBeNull()
    expect(await codeOf(signed(type))).toBe('AuthFailure.SignatureFailure')
    expect(await codeOf(signed(host))).toBe('AuthFailure.SignatureFailure')
    const otherDay = signed(type, host).replace('/2026-06-01/', '/2026-06-02/')
    expect(await codeOf(otherDay)).toBe('AuthFailure.SignatureFailure')
  })

  it('is refused when the body is not the one that was signed', async () => {
    const { secretId, secretKey } = DEMO_CREDENTIAL
    const headers: SignedHeader[] = [
      ['content-type', 'application/json; charset=utf-8'],
      ['host', new URL(emulator.url).host],
    ]
    const signed = { secretId, secretKey, service: 'cdb', timestampSecond: nowMs / 1000, headers }
    const codeFor = async (body: string) =>
      (await ask(emulator, { body: '{}', headers: { authorization: authorization({ ...signed, body }) } }))
        .code
    expect(await codeFor('{}')).toBeNull()
    expect(await codeFor('{"Limit":1}')).toBe('AuthFailure.SignatureFailure')
  })

  it('needs the token of a temporary key, until that expires', async () => {
    expect((await ask(emulator, { credential: TOKEN_CREDENTIAL })).code).toBeNull()
    const { secretId, secretKey } = TOKEN_CREDENTIAL
    expect((await ask(emulator, { credential: { secretId, secretKey } })).code).toBe(
      'AuthFailure.TokenFailure',
    )
    emulator.clock.shiftMs = TOKEN_CREDENTIAL.tokenExpiresAtMs - nowMs
    expect((await ask(emulator, { credential: TOKEN_CREDENTIAL })).code).toBe('AuthFailure.TokenFailure')
  })

  it('sees the tasks of its own account', async () => {
    OTHER_CREDENTIAL.world.insert('cdb', 'ap-guangzhou', { JobId: 77 })
    const reply = await ask(emulator, { credential: OTHER_CREDENTIAL })
    expect(reply.response).toMatchObject({ TotalCount: 1, Items: [{ JobId: 77 }] })
  })

  it('is refused at any path but the root, and with another method', async () => {
    expect((await ask({ ...emulator, url: `${emulator.url}/v2` })).code).toBe('InvalidParameter')
    expect(await (await fetch(emulator.url)).text()).toContain('"Code":"UnsupportedProtocol"')
  })

  it('takes CDB without a region', async () => {
    expect((await ask(emulator, { region: null })).response).toMatchObject({ TotalCount: 1 })
  })
})

describe('quotas', () => {
  const outcomes = async (count: number, question: Question) => {
    const replies = await Promise.all(Array.from({ length: count }, () => ask(emulator, question)))
    return replies.filter(({ code }) => code === 'RequestLimitExceeded').length
  }

  it('refuse what is more than 50 CDB and 20 Postgres calls in a second', async () => {
    expect(await outcomes(53, {})).toBe(3)
    expect(await outcomes(21, { service: 'postgres' })).toBe(1)
    const { response } = await ask(emulator, { service: 'postgres' })
    expect(response['Error']).toMatchObject({
      Message:
        'Your current request times equals to `21` in a second, which exceeds the frequency limit `20` for a second. Please reduce the frequency of calls.',
    })
  })

  it('slide with the clock', async () => {
    await outcomes(10, { service: 'postgres' })
    nowMs += 600
    expect(await outcomes(11, { service: 'postgres' })).toBe(1)
    nowMs += 400
    expect(await outcomes(11, { service: 'postgres' })).toBe(1)
  })

  it('count each account and region for itself, and a CDB call without a region as ap-guangzhou', async () => {
    expect(await outcomes(20, { service: 'postgres' })).toBe(0)
    expect(await outcomes(20, { service: 'postgres', region: 'ap-shanghai' })).toBe(0)
    expect(await outcomes(20, { service: 'postgres', credential: OTHER_CREDENTIAL })).toBe(0)
    expect(await outcomes(50, { region: null })).toBe(0)
    expect(await outcomes(1, {})).toBe(1)
  })

  it('can be turned off and on', async () => {
    emulator.quota.limits = { cdb: null, postgres: null }
    expect(await outcomes(25, { service: 'postgres' })).toBe(0)
  })
})

describe('the log', () => {
  it('has every call with its region, parameters, key, outcome and request id', async () => {
    const first = await ask(emulator, { parameters: { Limit: 3 } })
    await ask(emulator, { service: 'postgres', region: 'ap-shanghai', parameters: { Limit: 101 } })
    expect(emulator.log.calls).toMatchObject([
      {
        service: 'cdb',
        region: 'ap-guangzhou',
        action: 'DescribeTasks',
        parameters: { Limit: 3 },
        secretId: DEMO_CREDENTIAL.secretId,
        atMs: nowMs,
        outcome: 'ok',
        requestId: first.response['RequestId'],
      },
      {
        service: 'postgres',
        region: 'ap-shanghai',
        outcome: 'InvalidParameterValue.InvalidParameterValueError',
      },
    ])
    expect(emulator.log.count({ service: 'cdb' })).toBe(1)
    emulator.log.clear()
    expect(emulator.log.count()).toBe(0)
  })

  it('tells the most calls of any one second', async () => {
    for (const step of [0, 500, 499, 1, 2000]) {
      nowMs += step
      await ask(emulator)
    }
    expect(emulator.log.maxPerSecond()).toBe(3)
    expect(emulator.log.maxPerSecond({ service: 'postgres' })).toBe(0)
  })

  it('never holds a secret or a signature', async () => {
    await ask(emulator, { credential: TOKEN_CREDENTIAL })
    const logged = JSON.stringify(emulator.log.calls)
    expect(logged).not.toContain(TOKEN_CREDENTIAL.secretKey)
    expect(logged).not.toContain(TOKEN_CREDENTIAL.token)
    expect(logged).not.toContain('Signature')
  })
})

describe('starting', () => {
  it('needs no options: a generated world, demo keys, a free port', async () => {
    const plain = await startEmulator()
    try {
      const { response } = await ask(plain, { parameters: { Limit: 100 } })
      expect(response['TotalCount']).toBeGreaterThan(3000)
    } finally {
      await plain.close()
    }
  })

  it('says so when the port is taken', async () => {
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
