import { CostTally } from '../src/call-cost'
import { authorization } from '../src/tencent/sign'
import { CREDENTIAL, closeAll, failureOf, harness, noOther, scope } from './support/tencent-harness'
import { answering, hang, inTurn, refusing } from './support/tencent-upstream'

afterEach(closeAll)

const OK = answering({ TotalCount: 0, RequestId: 'r-1' })
const SECOND = Date.UTC(2026, 0, 1) / 1000
const clock = { now: () => SECOND * 1000 + 999 }

it('sends the action, version, region, token and time in headers and the parameters as the body', async () => {
  const { upstream, client } = await harness(OK, { clock })
  await client.call('DescribeTasks', { Limit: 100, InstanceId: undefined }, scope())
  expect(upstream.received[0]?.body).toBe('{"Limit":100}')
  expect(upstream.received[0]?.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-tc-action': 'DescribeTasks',
    'x-tc-version': '2017-03-20',
    'x-tc-region': 'ap-guangzhou',
    'x-tc-token': CREDENTIAL.token,
    'x-tc-timestamp': String(SECOND),
  })
})

it('signs what it sends: the content type, the host with its port, and the body', async () => {
  const { upstream, client } = await harness(OK, { clock })
  await client.call('DescribeTasks', { Offset: 0 }, scope())
  const headers = [
    ['content-type', 'application/json; charset=utf-8'],
    ['host', new URL(upstream.url).host],
  ] as const
  const expected = authorization({
    ...CREDENTIAL,
    service: 'cdb',
    timestampSecond: SECOND,
    headers,
    body: '{"Offset":0}',
  })
  expect(upstream.received[0]?.headers.host).toBe(new URL(upstream.url).host)
  expect(upstream.received[0]?.headers.authorization).toBe(expected)
})

it('sends no region header without a region and no token header without a token', async () => {
  const credentials = { get: () => ({ secretId: 'id', secretKey: 'key', token: '' }), replace: noOther }
  const { upstream, client } = await harness(OK, { region: null, credentials })
  await client.call('DescribeTasks', {}, scope())
  expect(upstream.received[0]?.headers).not.toHaveProperty('x-tc-region')
  expect(upstream.received[0]?.headers).not.toHaveProperty('x-tc-token')
})

it('brings the inside of the envelope, the request id, and when the question was sent', async () => {
  const { client } = await harness(OK, { clock })
  await expect(client.call('DescribeTasks', {}, scope())).resolves.toEqual({
    response: {
      fields: { TotalCount: 0, RequestId: 'r-1' },
      requestId: 'r-1',
      askedAtMs: clock.now(),
      body: Buffer.from('{"Response":{"TotalCount":0,"RequestId":"r-1"}}'),
    },
    cost: {
      calls: 1,
      cacheHits: 0,
      shared: 0,
      queuedMs: 0,
      answers: 1,
      oldestMs: clock.now(),
      requestIds: ['r-1'],
    },
  })
})

it('counts the time of an exchange until its answer has come, not until it is read', async () => {
  const events: string[] = []
  const told = (event: string) => () => void events.push(event)
  const sendLog = () => ({
    take: () => ({ written: told('written'), ended: told('ended') }),
    waitMs: () => 0,
  })
  let nowMs = 0
  const turn = () => {
    events.push('turn')
    nowMs += 500
    return Promise.resolve()
  }
  const { client, reports } = await harness(OK, { clock: { now: () => nowMs }, sendLog, turn })
  await client.call('DescribeTasks', {}, scope())
  expect(events).toEqual(['written', 'ended', 'turn'])
  expect(reports).toMatchObject([{ outcome: 'OK', durationMs: 0 }])
})

it.each([
  ['missing', undefined],
  ['null', null],
  ['no text', 7],
  ['too long to be one', 'x'.repeat(65)],
])('takes an answer whose request id is %s, and gives an empty one', async (_what, RequestId) => {
  const { client } = await harness(answering({ TotalCount: 3, RequestId }))
  const answer = await client.call('DescribeTasks', {}, scope())
  expect(answer.response.requestId).toBe('')
  expect(answer.response.fields['TotalCount']).toBe(3)
})

it('asks for and brings 64-bit numbers exactly', async () => {
  const { upstream, client } = await harness((response) =>
    response.end('{"Response":{"TaskSet":[{"TaskId":18446744073709551615},{"TaskId":7}],"RequestId":"r"}}'),
  )
  const answer = await client.call('DescribeTasks', { TaskId: 18446744073709551615n }, scope())
  expect(upstream.received[0]?.body).toBe('{"TaskId":18446744073709551615}')
  expect(answer.response.fields['TaskSet']).toEqual([{ TaskId: 18446744073709551615n }, { TaskId: 7 }])
})

it('asks the provider for the credential of every call, so that a rotated one is used at once', async () => {
  let turn = 0
  const credentials = {
    get: () => Promise.resolve({ secretId: `id-${++turn}`, secretKey: 'key' }),
    replace: noOther,
  }
  const { upstream, client } = await harness(OK, { credentials })
  await client.call('DescribeTasks', {}, scope())
  await client.call('DescribeTasks', {}, scope())
  expect(upstream.received.map(({ headers }) => headers.authorization)).toEqual([
    expect.stringContaining('Credential=id-1/'),
    expect.stringContaining('Credential=id-2/'),
  ])
})

it('counts a second call that is sent beside one that many wait for in vain', async () => {
  const { client, upstream } = await harness(inTurn(hang, OK), { attemptTimeoutMs: 500 })
  const { cost } = await client.call('DescribeTasks', {}, scope({ callers: 5 }))
  expect(upstream.received).toHaveLength(2)
  expect(cost).toMatchObject({ calls: 2, answers: 1 })
})

it('tells with a failure what the call has cost', async () => {
  const { client } = await harness(refusing('InternalError'))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure.cost).toMatchObject({ calls: 3, answers: 0, requestIds: ['r-error'] })
})

it('counts every call that is sent, and reports it with its outcome', async () => {
  const { client, reports } = await harness(OK)
  const cost = new CostTally()
  cost.add((await client.call('DescribeTasks', {}, scope())).cost)
  cost.add((await client.call('DescribeTasks', {}, scope())).cost)
  expect(cost.calls).toBe(2)
  expect(reports).toHaveLength(2)
  expect(reports[0]).toMatchObject({
    service: 'cdb',
    region: 'ap-guangzhou',
    action: 'DescribeTasks',
    outcome: 'OK',
  })
})

it('lets any number of calls wait under one signal, which Node 20 takes for a leak from the eleventh on', async () => {
  const { client } = await harness(OK)
  const shared = scope()
  await client.call('DescribeTasks', {}, shared)
  expect(listenersAllowed(shared.signal)).toBe(0)
})

/** Not `getMaxListeners`, which knows no signal from outside the test's realm; a warning would not be heard in here. */
function listenersAllowed(signal: AbortSignal): unknown {
  const key = Object.getOwnPropertySymbols(signal).find(
    ({ description }) => description?.includes('axEventTargetListeners') === true,
  )
  return key === undefined ? undefined : Reflect.get(signal, key)
}
