import { serverAudits } from 'graphql-http'
import { startGateway, type TestGateway } from './support/gateway'
import { documentedWorld } from './support/worlds'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { world: documentedWorld() },
    env: { TASK_GATEWAY_INTROSPECTION: 'true' },
  })
})
afterAll(() => gateway.close())

/** What a page of ours sends too, so that a GET is answered. */
const GUARD = { 'apollo-require-preflight': 'true' }

const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(GUARD)) headers.set(name, value)
    return fetch(url, { ...init, headers })
  },
})

describe('GraphQL over HTTP, as its audit asks', () => {
  it('is asked in all of its points', () => {
    expect(audits).toHaveLength(61)
  })

  it.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_, audit) => {
    expect(await audit.fn()).toMatchObject({ status: 'ok' })
  })
})
