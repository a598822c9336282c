import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { EmulatedCredential } from '../../../src/emulator/server/credential'
import { readAuthorization, verify } from '../../../src/emulator/server/verify'
import { createDayKeys } from '../../../src/tencent/sign'
import type { TapeWorld } from './world'

export interface TapeServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * TAPE over HTTP, which checks who signed.
 * @param beforeAnswer runs before each answer is made
 */
export async function startTape(
  world: TapeWorld,
  credential: EmulatedCredential,
  beforeAnswer: () => void,
): Promise<TapeServer> {
  const dayKey = createDayKeys()
  const answer = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
    const body = await text(request)
    const headers = request.headers as Record<string, string | undefined>
    const given = readAuthorization(headers['authorization'])
    verify({ headers, body }, given, [credential], Date.now(), dayKey)
    if (given.service !== 'tape' || headers['x-tc-action'] !== 'ListJobs')
      return { Error: { Code: 'InvalidAction', Message: 'TAPE knows no such action' } }
    beforeAnswer()
    return world.answer(JSON.parse(body) as Record<string, unknown>)
  }
  const server = createServer((request, response) => {
    const send = (inside: object): void => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ Response: { ...inside, RequestId: 'tape-request' } }))
    }
    answer(request).then(send, (error: unknown) =>
      send({ Error: { Code: 'AuthFailure.SignatureFailure', Message: String(error) } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
