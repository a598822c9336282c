import { connect, type AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { secretsOf } from '../src/config'
import { loadProxy } from '../src/tencent/transport'
import { KEYS, parse, problems } from './support/config'
import { closeAll, failureOf, harness, scope } from './support/tencent-harness'
import { answering } from './support/tencent-upstream'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await closeAll()
})

/** A proxy that leads every tunnel to one port. */
async function startProxy(port: () => number) {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, client) => {
    asked.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`.trim())
    const to = connect(port(), '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    client.pipe(to).pipe(client)
    for (const socket of [client, to]) socket.on('error', () => socket.destroy())
    closers.push(() => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return { asked, at: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('calls to the cloud', () => {
  const start = async (over: object, endpoint = 'http://cdb.upstream.test') => {
    let port = 0
    const proxy = await startProxy(() => port)
    const settings = { httpProxy: `http://user:pass@${proxy.at}`, httpsProxy: '', noProxy: '', ...over }
    const made = await harness(
      answering({ TotalCount: 0 }),
      { endpoint },
      { proxy: await loadProxy(settings) },
    )
    port = Number(new URL(made.upstream.url).port)
    return { ...made, proxy }
  }

  it('go through the proxy, signed for the host that they are for', async () => {
    const { client, upstream, proxy } = await start({})
    await client.call('DescribeTasks', {}, scope())
    expect(proxy.asked).toEqual(['cdb.upstream.test:80 Basic dXNlcjpwYXNz'])
    expect(upstream.received[0]?.headers.host).toBe('cdb.upstream.test')
  })

  it.each(['cdb.upstream.test', '.upstream.test', 'other,upstream.test'])(
    'do not where NO_PROXY has %s',
    async (noProxy) => {
      const { client, proxy } = await start({ noProxy })
      // There is no such host.
      await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
      })
      expect(proxy.asked).toEqual([])
    },
  )

  it('fail as any other connection where the proxy does', async () => {
    const { client } = await start({ httpProxy: 'http://127.0.0.1:1' })
    await expect(failureOf(client.call('DescribeTasks', {}, scope()))).resolves.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
    })
  })
})

describe('the settings of a proxy', () => {
  const direct = 'localhost,127.0.0.1,[::1]'
  const PROXY = 'http://user:canary@proxy:3128'

  it.each([
    [{}, null],
    [{ NO_PROXY: 'a' }, null],
    [{ HTTPS_PROXY: PROXY }, { httpsProxy: PROXY, httpProxy: '', noProxy: direct }],
    [
      { HTTP_PROXY: PROXY, NO_PROXY: 'a, .b' },
      { httpsProxy: '', httpProxy: PROXY, noProxy: `a,.b,${direct}` },
    ],
    [
      { HTTPS_PROXY: 'http://x', https_proxy: PROXY },
      { httpsProxy: PROXY, httpProxy: '', noProxy: direct },
    ],
    [{ HTTPS_PROXY: PROXY, no_proxy: '*' }, null],
  ])('%j are read', async (settings, proxy) => {
    const { config } = await parse({ ...KEYS, ...settings })
    expect(config.upstream.proxy ?? null).toEqual(proxy)
    if (proxy !== null) expect(secretsOf(config)).toContain('canary')
  })

  it.each(['proxy:3128', 'canary', 'socks5://canary', 'http://'])(
    '%s is refused unseen',
    async (HTTPS_PROXY) => {
      const found = await problems({ ...KEYS, HTTPS_PROXY })
      expect(found).toEqual([expect.stringMatching(/^HTTPS_PROXY \(its value is not shown\)/)])
    },
  )
})
