import { startGateway, type TestGateway } from './support/gateway'

const STATES = '{ taskSources { provider state lastSuccessAt lastError { code retryable } } }'

describe('taskSources', () => {
  let gateway: TestGateway
  beforeEach(async () => {
    gateway = await startGateway({ env: { TASK_GATEWAY_CACHE_TTL_MS: '0' } })
  })
  afterEach(() => gateway.close())

  async function states(): Promise<readonly Record<string, unknown>[]> {
    const { body } = await gateway.query(STATES)
    return body.data?.['taskSources'] as readonly Record<string, unknown>[]
  }

  it('holds nothing against a source whose caller hung up', async () => {
    gateway.emulator.faults.add({ fault: { kind: 'hang' }, service: 'cdb', times: 1 })
    const hungUp = new AbortController()
    const asked = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ cdbTasks(first: 1) { nodes { id } } }' }),
      signal: hungUp.signal,
    }).catch(() => 'hung up')
    while (gateway.emulator.log.count({ service: 'cdb' }) === 0) await new Promise(setImmediate)
    hungUp.abort()
    expect(await asked).toBe('hung up')
    await gateway.query('{ postgresTasks(first: 1) { nodes { id } } }')
    expect(await states()).toEqual([
      { provider: 'CDB', state: 'AVAILABLE', lastSuccessAt: null, lastError: null },
      {
        provider: 'POSTGRES',
        state: 'AVAILABLE',
        lastSuccessAt: expect.any(String) as unknown,
        lastError: null,
      },
    ])
  })

  it('says that a source is down, and why, until it answers again', async () => {
    const broken = { kind: 'apiError', code: 'AuthFailure.SecretIdNotFound', message: 'no such id' } as const
    gateway.emulator.faults.add({ fault: broken, service: 'cdb', times: 1 })
    await gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
    const down = { state: 'UNAVAILABLE', lastError: { code: 'UPSTREAM_UNAUTHORIZED', retryable: false } }
    expect((await states())[0]).toMatchObject(down)
    await gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
    expect((await states())[0]).toMatchObject({ ...down, state: 'AVAILABLE' })
  })

  it('have their failures in the log, with the text that no caller is shown, once a second', async () => {
    const broken = {
      kind: 'apiError',
      code: 'AuthFailure.SignatureFailure',
      message: 'the key is odd',
    } as const
    gateway.emulator.faults.add({ fault: broken, service: 'cdb' })
    for (let times = 0; times < 5; times++) {
      const { body } = await gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
      expect(JSON.stringify(body)).not.toContain('odd')
    }
    const told = gateway.lines.filter((line) => line.includes('a source could not be asked'))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(5)
    expect(told[0]).toContain('the key is odd')
    expect(told[0]).toContain('AuthFailure.SignatureFailure')
  })
})

it('counts the answers that cost no call of their own', async () => {
  const gateway = await startGateway({ env: { TASK_GATEWAY_CACHE_TTL_MS: '60000' } })
  const list = () => gateway.query('{ cdbTasks(first: 1) { nodes { id } } }')
  await Promise.all([list(), list()])
  await list()
  const text = await gateway.metrics()
  await gateway.close()
  const reused = [...text.matchAll(/^task_gateway_answers_reused_total\{how="\w+"\} (\d+)$/gm)].map(([, n]) =>
    Number(n),
  )
  expect(reused.reduce((a, b) => a + b, 0)).toBe(2)
})
