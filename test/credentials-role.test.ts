import { createServer, type Server } from 'node:http'
import { createRoleCredentials, askRole, type RoleCredential } from '../src/tencent/role-credentials'
import type { Credential, CredentialProvider } from '../src/tencent/credentials'

const PATH = '/latest/meta-data/cam/security-credentials/'
const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 0, 1)

/** A metadata service as a machine's own address answers it. */
class Metadata {
  readonly asked: string[] = []
  role = 'task-reader'
  status = 200
  hangs = false
  /** The credential's number, which is in every part of it. */
  turn = 1
  expiresMs = START_MS + 60 * MINUTE_MS
  text: string | null = null
  readonly #server: Server

  constructor() {
    this.#server = createServer(({ method, url = '' }, response) => {
      this.asked.push(`${method ?? ''} ${url}`)
      if (this.hangs) return
      response.writeHead(this.status).end(url === PATH ? this.role : (this.text ?? this.credential()))
    })
  }

  credential(): string {
    return JSON.stringify({
      TmpSecretId: `id-${this.turn}`,
      TmpSecretKey: `canary-key-${this.turn}`,
      Token: `token-${this.turn}`,
      ExpiredTime: this.expiresMs / 1000,
      Code: 'Success',
    })
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

let metadata: Metadata
let endpoint: string

beforeEach(async () => {
  metadata = new Metadata()
  endpoint = await metadata.open()
})
afterEach(() => metadata.close())

describe('the metadata service', () => {
  it('gives the credential of the role that it names', async () => {
    await expect(askRole(endpoint, 1000)).resolves.toEqual({
      kind: 'found',
      credential: {
        secretId: 'id-1',
        secretKey: 'canary-key-1',
        token: 'token-1',
        expiresMs: metadata.expiresMs,
      },
    })
    expect(metadata.asked).toEqual([`GET ${PATH}`, `GET ${PATH}task-reader`])
  })

  it.each([
    ['has no role', 404, ''],
    ['names none', 200, '\n'],
  ])('has nothing to give to a machine that %s', async (_what, status, role) => {
    Object.assign(metadata, { status, role })
    await expect(askRole(endpoint, 1000)).resolves.toEqual({ kind: 'absent' })
  })

  it.each([
    ['fails', { status: 500 }, 'the metadata service answered with HTTP 500'],
    ['sends us elsewhere', { status: 302 }, 'the metadata service answered with HTTP 302'],
    ['names something odd', { role: '../other' }, 'the metadata service answered something that is no role'],
    ['answers no JSON', { text: '{"TmpSecretKey":"canary' }, 'something that is not JSON'],
    ['answers null', { text: 'null' }, 'a credential that lacks a part'],
    ['leaves a part out', { text: '{"TmpSecretKey":"canary"}' }, 'a credential that lacks a part'],
    [
      'has a line feed in a part',
      { text: '{"TmpSecretId":"a\\nb","TmpSecretKey":"canary","Token":"t","ExpiredTime":1}' },
      'a credential that lacks a part',
    ],
  ])('that %s is told of without a secret', async (_what, answer, message) => {
    Object.assign(metadata, answer)
    const failure = await askRole(endpoint, 1000).catch((error: unknown) => error)
    expect(failure).toMatchObject({ message: expect.stringContaining(message) as string })
    expect(String(failure)).not.toContain('canary')
  })

  it('is waited for no longer than it was given', async () => {
    metadata.hangs = true
    const beganMs = Date.now()
    await expect(askRole(endpoint, 100)).rejects.toThrow('no answer within 100 ms')
    expect(Date.now() - beganMs).toBeLessThan(1000)
  })

  it('is not read without end', async () => {
    metadata.text = 'x'.repeat(200_000)
    await expect(askRole(endpoint, 1000)).rejects.toMatchObject({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })
  })
})

describe('the credential of the role', () => {
  const signal = new AbortController().signal
  let nowMs: number
  let changes: Credential[]
  let warnings: unknown[]

  beforeEach(() => {
    nowMs = START_MS
    changes = []
    warnings = []
  })

  async function start(): Promise<CredentialProvider> {
    const found = await askRole(endpoint, 1000)
    if (found.kind === 'absent') throw new Error('the service has no role')
    metadata.asked.length = 0
    return createRoleCredentials({
      first: found.credential,
      ask: () => askRole(endpoint, 200),
      clock: { now: () => nowMs },
      onChange: (credential) => changes.push(credential),
      log: { warn: (facts) => warnings.push(facts) },
    })
  }

  /** The service has another one from now on. */
  function rotate(): void {
    metadata.turn += 1
    metadata.expiresMs = nowMs + 60 * MINUTE_MS
  }

  async function idOf(provider: CredentialProvider): Promise<string> {
    return (await provider.get(signal)).secretId
  }

  /** Waits until it is so, for five seconds at most. */
  async function eventually(isSo: () => boolean): Promise<void> {
    const endMs = Date.now() + 5000
    while (!isSo() && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(isSo()).toBe(true)
  }

  it('is not asked for again while it has more than five minutes to live', async () => {
    const provider = await start()
    nowMs += 54 * MINUTE_MS
    await expect(idOf(provider)).resolves.toBe('id-1')
    expect(metadata.asked).toEqual([])
  })

  it('is replaced five minutes ahead, by one question, while calls go on with the old one', async () => {
    const provider = await start()
    nowMs += 56 * MINUTE_MS
    rotate()
    const ids = await Promise.all(Array.from({ length: 20 }, () => idOf(provider)))
    expect(new Set(ids)).toEqual(new Set(['id-1']))
    await eventually(() => changes.length === 1)
    await expect(idOf(provider)).resolves.toBe('id-2')
    expect(metadata.asked).toHaveLength(2)
    expect(changes).toMatchObject([{ secretKey: 'canary-key-2', token: 'token-2' }])
  })

  it('is waited for where the old one has expired, by one question', async () => {
    const provider = await start()
    nowMs += 61 * MINUTE_MS
    rotate()
    const ids = await Promise.all(Array.from({ length: 20 }, () => idOf(provider)))
    expect(new Set(ids)).toEqual(new Set(['id-2']))
    expect(metadata.asked).toHaveLength(2)
  })

  it('stays in use while it lives and the service is down, which is asked every ten seconds', async () => {
    const provider = await start()
    nowMs += 56 * MINUTE_MS
    metadata.status = 500
    for (let second = 0; second < 20; second++) {
      await expect(idOf(provider)).resolves.toBe('id-1')
      const asked = Math.floor(second / 10) + 1
      await eventually(() => warnings.length === asked)
      nowMs += 1000
    }
    expect(metadata.asked).toHaveLength(2)
    expect(JSON.stringify(warnings)).not.toContain('canary')
  })

  it('is missing once it has expired and the service is down, and is there again soon after it is back', async () => {
    const provider = await start()
    nowMs += 61 * MINUTE_MS
    metadata.hangs = true
    await expect(provider.get(signal)).rejects.toThrow('the credential of the role has expired')
    await expect(provider.get(signal)).rejects.toThrow('the credential of the role has expired')
    expect(metadata.asked).toHaveLength(1)
    metadata.hangs = false
    rotate()
    nowMs += 1000
    await expect(idOf(provider)).resolves.toBe('id-2')
  })

  it('does not keep a caller who goes away', async () => {
    const provider = await start()
    nowMs += 61 * MINUTE_MS
    metadata.hangs = true
    const caller = new AbortController()
    const waiting = provider.get(caller.signal)
    const beganMs = Date.now()
    caller.abort()
    await expect(Promise.resolve(waiting)).rejects.toThrow('expired')
    expect(Date.now() - beganMs).toBeLessThan(150)
  })

  it('is replaced at once when the cloud refuses it, by one question for all whom it refused', async () => {
    const provider = await start()
    const refused = await provider.get(signal)
    rotate()
    const replaced = await Promise.all(Array.from({ length: 20 }, () => provider.replace(refused, signal)))
    expect(new Set(replaced)).toEqual(new Set([true]))
    await expect(idOf(provider)).resolves.toBe('id-2')
    await expect(provider.replace(refused, signal)).resolves.toBe(true)
    expect(metadata.asked).toHaveLength(2)
  })

  it('is not tried again where the service has no other', async () => {
    const provider = await start()
    const refused: Credential = await provider.get(signal)
    await expect(provider.replace(refused, signal)).resolves.toBe(false)
    expect(changes).toEqual([])
  })

  it('that lives for a minute only is renewed all the time and never waited for', async () => {
    metadata.expiresMs = START_MS + MINUTE_MS
    const provider = await start()
    const used = new Set<RoleCredential['secretId']>()
    for (let step = 0; step < 10; step++) {
      metadata.turn += 1
      metadata.expiresMs = nowMs + MINUTE_MS
      used.add(await idOf(provider))
      await eventually(() => changes.length === step + 1)
      nowMs += 10_000
    }
    expect(used.size).toBe(10)
  })
})
