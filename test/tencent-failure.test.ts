import { closeAll, failureOf, harness, scope } from './support/tencent-harness'
import { answering, inTurn, refusing, type Answer } from './support/tencent-upstream'

afterEach(closeAll)

it.each([
  ['ServiceUnavailable', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['ServiceUnavailable.Busy', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['ResourceUnavailable', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['ResourceUnavailable.InstanceStatus', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['ResourceBusy', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['InternalServerError', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['InternalError.SYS_ERR', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['LimitExceeded.RateLimitExceeded', 'UPSTREAM_THROTTLED', true, 3],
  ['OperateFrequencyLimitedError', 'UPSTREAM_THROTTLED', true, 3],
  ['FailedOperation.OperateFrequencyLimitedError', 'UPSTREAM_THROTTLED', true, 3],
  ['IpNotInWhitelist', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['LimitExceeded', 'UPSTREAM_REJECTED', false, 1],
  ['ResourceNotFound', 'UPSTREAM_REJECTED', false, 1],
  ['Code_1.With2Digits', 'UPSTREAM_REJECTED', false, 1],
  ['CdbError', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['InternalError', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['InternalError.DatabaseAccessError', 'UPSTREAM_UNAVAILABLE', true, 3],
  ['FailedOperation.DatabaseAffectedError', 'UPSTREAM_UNAVAILABLE', false, 1],
  ['FailedOperation', 'UPSTREAM_UNAVAILABLE', false, 1],
  ['RequestLimitExceeded', 'UPSTREAM_THROTTLED', true, 3],
  ['RequestLimitExceeded.UinLimitExceeded', 'UPSTREAM_THROTTLED', true, 3],
  ['AuthFailure', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['AuthFailure.SecretIdNotFound', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['AuthFailure.SignatureFailure', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['UnauthorizedOperation', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['UnauthorizedOperation.CamNoAuth', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['OperationDenied.UserHasNoStrategy', 'UPSTREAM_UNAUTHORIZED', false, 1],
  ['OperationDenied', 'UPSTREAM_REJECTED', false, 1],
  ['OperationDenied.WrongStatus', 'UPSTREAM_REJECTED', false, 1],
  ['InvalidParameter.InstanceNotFound', 'UPSTREAM_REJECTED', false, 1],
  ['InvalidParameterValue.InvalidParameterValueError', 'UPSTREAM_REJECTED', false, 1],
  ['SomethingNew.NeverSeen', 'UPSTREAM_REJECTED', false, 1],
  ['constructor', 'UPSTREAM_REJECTED', false, 1],
  ['toString.call', 'UPSTREAM_REJECTED', false, 1],
])('calls %s %s (retryable: %s) after %i calls', async (upstreamCode, code, retryable, calls) => {
  const { client, upstream } = await harness(refusing(upstreamCode))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code, upstreamCode, retryable, requestId: 'r-error' })
  expect(upstream.received).toHaveLength(calls)
})

it.each([
  ['DBError', 'UPSTREAM_UNAVAILABLE', 3],
  ['FailedOperation.ServiceAccessError', 'UPSTREAM_UNAVAILABLE', 3],
  ['FailedOperation.DatabaseAccessError', 'UPSTREAM_UNAVAILABLE', 3],
  ['FailedOperation.FailedOperationError', 'UPSTREAM_UNAVAILABLE', 3],
])('calls %s of Postgres %s after %i calls', async (upstreamCode, code, calls) => {
  const { client, upstream } = await harness(refusing(upstreamCode), { service: 'postgres' })
  await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toMatchObject({ code })
  expect(upstream.received).toHaveLength(calls)
})

it('reports a code that the table lacks, and no other', async () => {
  const unknown: string[] = []
  const onUnknownCode = (code: string): void => void unknown.push(code)
  const { client } = await harness(
    inTurn(refusing('Strange.New_Code2'), refusing('InvalidParameterValue.Other'), refusing('constructor')),
    { onUnknownCode },
  )
  for (let call = 0; call < 3; call++) await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(unknown).toEqual(['Strange.New_Code2', 'constructor'])
})

const body =
  (text: string, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)

it.each([
  ['is empty', ''],
  ['is HTML', '<html><body>hello</body></html>'],
  ['is cut', '{"Response":{"TotalCo'],
  ['is null', 'null'],
  ['is a list', '[]'],
  ['has no Response', '{"TotalCount":0}'],
  ['has a Response that is null', '{"Response":null}'],
  ['has a Response that is a list', '{"Response":[]}'],
  ['has a Response that is a text', '{"Response":"ok"}'],
  ['inherits its Response', '{"__proto__":{"Response":{}}}'],
  ['is nested deeper than any stack', '['.repeat(200_000)],
  ['is nested deeper than any stack, with a long number', `[1234567890123456789,${'['.repeat(200_000)}`],
  ['has an Error that is a text', '{"Response":{"Error":"CdbError"}}'],
  ['has an Error without a Code', '{"Response":{"Error":{"Message":"no"}}}'],
  ['has an Error whose Code is a number', '{"Response":{"Error":{"Code":5,"Message":"no"}}}'],
])('calls an answer invalid, and does not ask again, that %s', async (_what, text) => {
  const { client, upstream } = await harness(body(text))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE', retryable: false })
  expect(upstream.received).toHaveLength(1)
})

it('keeps the request id of an answer that is invalid otherwise', async () => {
  const { client } = await harness(answering({ Error: {}, RequestId: 'r-9' }))
  await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toHaveProperty(
    'requestId',
    'r-9',
  )
})

it('reads an answer whose Error is null as one without', async () => {
  const { client } = await harness(body('{"Response":{"Error":null,"TotalCount":0,"RequestId":"r-1"}}'))
  const { response } = await client.call('DescribeTasks', {}, scope())
  expect(response).toMatchObject({ requestId: 'r-1', fields: { TotalCount: 0 } })
})

it.each([
  [408, 'UPSTREAM_UNAVAILABLE'],
  [429, 'UPSTREAM_THROTTLED'],
  [500, 'UPSTREAM_UNAVAILABLE'],
  [502, 'UPSTREAM_UNAVAILABLE'],
  [503, 'UPSTREAM_UNAVAILABLE'],
])('asks again after HTTP %i without an envelope, and calls it %s', async (status, code) => {
  const { client, upstream } = await harness(body('<html>come again</html>', status))
  await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toMatchObject({
    code,
    retryable: true,
    message: `cdb answered with HTTP ${status}`,
  })
  expect(upstream.received).toHaveLength(3)
})

it('calls a server error of the front unavailable, whatever its page', async () => {
  const { client, upstream } = await harness(body('<html>504 Gateway Time-out</html>', 504))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true })
  expect(failure.message).toBe('cdb answered with HTTP 504')
  expect(upstream.received).toHaveLength(3)
})

it.each([302, 403, 404])('calls HTTP %i without an envelope invalid', async (status) => {
  const { client, upstream } = await harness(body('<html>no</html>', status))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure.code).toBe('UPSTREAM_INVALID_RESPONSE')
  expect(failure.message).toContain(`HTTP ${status}`)
  expect(upstream.received).toHaveLength(1)
})

it('does not take rows from an answer that is not HTTP 200', async () => {
  const { client } = await harness(body('{"Response":{"TotalCount":0,"RequestId":"r"}}', 403))
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE', requestId: 'r' })
})

describe('what a caller is told', () => {
  const messageFor = async (code: string, text: string): Promise<string> => {
    const { client } = await harness(refusing(code, text))
    return (await failureOf(client.call('DescribeTasks', {}, scope()))).message
  }

  it('is the text of a refusal that the documents list', async () => {
    await expect(messageFor('InvalidParameter.InstanceNotFound', 'The instance is gone.')).resolves.toBe(
      'cdb answered InvalidParameter.InstanceNotFound: The instance is gone.',
    )
  })

  it.each([
    'UnauthorizedOperation',
    'AuthFailure.SignatureFailure',
    'InternalError',
    'SomethingNew',
    'CdbError',
  ])('is only the code of %s', async (code) => {
    await expect(messageFor(code, 'qcs::cam::uin/1000:uin/2000')).resolves.toBe(`cdb answered ${code}`)
  })

  it('has no control characters, line breaks or direction marks', async () => {
    const text = 'a\u0000b\u001b[31mc\r\nd\u202Ee\u2066f\u200Fg\u2028h\u0085i'
    await expect(messageFor('InvalidParameter', text)).resolves.toBe(
      'cdb answered InvalidParameter: a b [31mc d e f g h i',
    )
  })

  it('is cut at 300 characters, never within one', async () => {
    const message = await messageFor('InvalidParameter', '😀'.repeat(400))
    expect(message).toBe(`cdb answered InvalidParameter: ${'😀'.repeat(300)}`)
  })

  it.each(['<script>', 'Invalid Parameter', 'Code\nForged: line', 'A.', `A${'b'.repeat(200)}`, '1Code'])(
    'never has a code that is none: %j',
    async (code) => {
      const { client } = await harness(refusing(code))
      const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
      expect(failure).toMatchObject({ code: 'UPSTREAM_REJECTED', message: 'cdb answered with an error' })
      expect(failure.upstreamCode).toBeUndefined()
    },
  )

  it('leaves the text to the log, as the cause', async () => {
    const { client } = await harness(refusing('UnauthorizedOperation', 'policy 12 denies'))
    const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
    expect(failure.cause).toMatchObject({ message: 'policy 12 denies' })
  })
})
