import { inspect } from 'node:util'
import { CREDENTIAL, closeAll, failureOf, harness, noOther, scope } from './support/tencent-harness'
import { answering, hang, reset, type Answer } from './support/tencent-upstream'

afterEach(closeAll)

/** Answers with everything that it was sent, in every place where a text can stand. */
const echo =
  (code: string): Answer =>
  (response, index, received) => {
    const sent = `${JSON.stringify(received.headers)} ${CREDENTIAL.secretKey} ${received.body}`
    const Response = { Error: { Code: code, Message: sent }, RequestId: CREDENTIAL.token }
    answering(Response)(response, index, received)
  }

const rawEcho: Answer = (response, _index, { headers }) => {
  response.end(`${JSON.stringify(headers)} ${CREDENTIAL.secretKey}`)
}

it.each([
  ['that is refused', echo('InvalidParameter')],
  ['that is not authorized', echo('AuthFailure.SignatureFailure')],
  ['that is throttled', echo('RequestLimitExceeded')],
  ['that fails inside', echo('InternalError')],
  ['with an expired signature', echo('AuthFailure.SignatureExpire')],
  ['with the key as the error code', echo(CREDENTIAL.secretKey)],
  ['whose answer is not JSON', rawEcho],
  ['that is reset', reset],
  ['that gets no answer', hang],
])('keeps the credential out of the error and the log of a call %s', async (_what, answer) => {
  const { client, warnings, reports } = await harness(answer, { attemptTimeoutMs: 50 })
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  const seen = inspect([failure, failure.message, failure.stack, warnings, reports], {
    depth: 20,
    showHidden: true,
  })
  for (const secret of Object.values(CREDENTIAL)) expect(seen).not.toContain(secret)
  expect(seen).not.toMatch(/Credential=AKID/)
})

it.each([
  ['reset', reset],
  ['a hanging upstream', hang],
])('tells the caller no address of %s', async (_what, answer) => {
  const { client, upstream } = await harness(answer, { attemptTimeoutMs: 50 })
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure.message).not.toContain('127.0.0.1')
  expect(failure.message).not.toContain(new URL(upstream.url).port)
})

it('calls a provider that has no credential unauthorized, and keeps its reason for the log', async () => {
  const credentials = {
    get: () => Promise.reject(new Error('metadata service at 169.254.0.23 is silent')),
    replace: noOther,
  }
  const { client, upstream } = await harness(hang, { credentials })
  const failure = await failureOf(client.call('DescribeTasks', {}, scope()))
  expect(failure).toMatchObject({ code: 'UPSTREAM_UNAUTHORIZED', retryable: true })
  expect(failure.message).toBe('there is no credential to sign a call to cdb with')
  expect(failure.cause).toMatchObject({ message: 'metadata service at 169.254.0.23 is silent' })
  expect(upstream.received).toHaveLength(0)
})
