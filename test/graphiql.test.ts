import Fastify from 'fastify'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page, type Route } from 'playwright-core'
import { graphiqlPage } from '../src/http/graphiql'
import { startGateway } from './support/gateway'

/** What the functions below that run inside the page find there. */
declare const localStorage: { getItem(key: string): string | null }
declare const __MONACO: { editor: { getModels(): { uri: { path: string }; getValue(): string }[] } }

const BUILT = join(__dirname, '../dist/graphiql')
const EXAMPLES = join(__dirname, '../schema/examples')
const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
const LEFT_OUT = !existsSync(CHROMIUM) && process.env['CI'] !== 'true'

if (LEFT_OUT)
  process.stderr.write(`GraphiQL in a browser: left out, no Chromium at ${CHROMIUM} (CHROMIUM_PATH)\n`)

describe('what is served', () => {
  it('leads from the root to the page', async () => {
    await withPage(BUILT, async (url) => {
      const answer = await fetch(`${url}/`, { redirect: 'manual' })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/graphiql'])
    })
  })

  it.each(['/graphiql', '/graphiql/'])('serves the page at %s', async (path) => {
    await withPage(BUILT, async (url) => {
      const answer = await fetch(url + path)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).not.toMatch(/https?:|<script(?![^>]* src=)|<style/)
    })
  })

  it.each(['/', '/graphiql', '/graphiql/assets/none.js'])('guards what it answers at %s', async (path) => {
    await withPage(BUILT, async (url) => {
      const { headers } = await fetch(url + path, { redirect: 'manual' })
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'; .*frame-ancestors 'none'/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    })
  })

  it('lets a browser keep the parts of the page, whose names change with what is in them', async () => {
    await withPage(BUILT, async (url) => {
      const script = /src="([^"]+)"/.exec(await (await fetch(`${url}/graphiql`)).text())?.[1] ?? 'no script'
      const answer = await fetch(url + script)
      expect([script, answer.status]).toEqual([expect.stringMatching(/-[\w-]{8}\.js$/), 200])
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(answer.headers.get('content-type')).toMatch(/^(text|application)\/javascript/)
      expect((await answer.text()).length).toBeGreaterThan(1000)
    })
  })

  it.each(['none.js', '', '../index.html', '%2e%2e%2findex.html', '..%2f..%2fmain.js'])(
    'answers in plain text that there is no assets/%s',
    async (name) => {
      await withPage(BUILT, async (url) => {
        const answer = await fetch(`${url}/graphiql/assets/${name}`)
        expect([answer.status, answer.headers.get('content-type')]).toEqual([
          404,
          'text/plain; charset=utf-8',
        ])
      })
    },
  )

  it('says how to build the page where it has not been built, and goes on', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'graphiql-'))
    await withPage(empty, async (url) => {
      for (const attempt of [1, 2]) {
        const answer = await fetch(`${url}/graphiql`)
        expect([attempt, answer.status]).toEqual([attempt, 503])
        expect(await answer.text()).toContain('npm run build:graphiql')
      }
      expect((await fetch(`${url}/graphiql/assets/none.js`)).status).toBe(404)
    })
    await rm(empty, { recursive: true })
  })
})

const inBrowser = LEFT_OUT ? describe.skip : describe
inBrowser('in a browser', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>>
  let browser: Browser
  let page: Page
  const asked = new Set<string>()
  const complaints: string[] = []

  beforeAll(async () => {
    gateway = await startGateway()
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    })
  }, 60_000)

  beforeEach(async () => {
    asked.clear()
    complaints.length = 0
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    context.on('request', (request) => asked.add(request.url()))
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    context.on('weberror', (error) => complaints.push(String(error.error())))
    page = await context.newPage()
    page.on('websocket', (socket) => asked.add(socket.url().replace(/^ws/, 'http')))
    // The last part that the page fetches by itself.
    await Promise.all([page.waitForRequest(/graphql\.worker-/), page.goto(`${gateway.url}/graphiql`)])
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
  })

  afterEach(async () => {
    await page.context().close()
    expect(complaints).toEqual([])
    expect([...asked].filter((url) => isNetwork(url) && new URL(url).origin !== gateway.url)).toEqual([])
  })

  afterAll(async () => {
    await browser.close()
    await gateway.close()
  })

  it('offers every example as a tab to a first visitor', async () => {
    expect(await page.title()).toBe('TencentDB tasks · GraphiQL')
    expect(await tabs()).toEqual(exampleNames())
  })

  it('runs an example over tasks of both products without a request leaving the gateway', async () => {
    await page.getByRole('tab', { name: 'NewestTasks' }).click()
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await page.locator('.graphiql-response').getByText('"tasks"').waitFor()
    const response = await page.evaluate(() =>
      __MONACO.editor
        .getModels()
        .find(({ uri }) => uri.path.endsWith('response.json'))
        ?.getValue(),
    )
    expect(response).toContain('"CdbTask"')
    expect(response).toContain('"PostgresTask"')
    expect(response).not.toContain('"errors"')
    const paths = [...asked].filter(isNetwork).map((url) => new URL(url).pathname)
    expect(paths).toContain('/graphql')
  })

  it('shows what a subscription sends, with the headers of its editor as credentials, until it is stopped', async () => {
    const sent: string[] = []
    const opened = page.waitForEvent('websocket')
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))))
    await page.getByRole('tab', { name: 'TaskActivity' }).click()
    await page.getByRole('button', { name: 'Headers' }).click()
    await page.locator('.graphiql-editor-tool .view-lines').last().click()
    await page.keyboard.insertText('{"authorization":"Bearer of-the-editor"}')
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await page.locator('.graphiql-response').getByText('"TaskEvent"').waitFor()
    expect(sent.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { type: 'connection_init', payload: { authorization: 'Bearer of-the-editor' } },
      { type: 'subscribe' },
    ])
    const closed = (await opened).waitForEvent('close')
    await page.getByRole('button', { name: /^Stop query/ }).click()
    await closed
  }, 60_000)

  it('never shows one tab with the query of another, clicked however early', async () => {
    const held: Route[] = []
    await page.route(/monaco-editor-[^/]+\.js$/, (route) => void held.push(route))
    await page.reload({ waitUntil: 'commit' })
    await page.getByRole('tab', { name: 'TaskSources' }).click({ force: true })
    expect(held).toHaveLength(1)
    await page.unroute(/monaco-editor-[^/]+\.js$/)
    const active = await page.getByRole('tab', { selected: true }).innerText()
    await page.locator('.graphiql-query-editor .view-line', { hasText: `query ${active}` }).waitFor()
  })

  it('keeps the tabs that a returning visitor left', async () => {
    await page.getByRole('tab', { name: 'TaskSources' }).click()
    await page.getByRole('button', { name: 'Close Tab' }).click()
    const left = exampleNames().filter((name) => name !== 'TaskSources')
    await page.waitForFunction(() => !localStorage.getItem('graphiql:tabState')?.includes('TaskSources'))
    await page.reload()
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
    expect(await tabs()).toEqual(left)
  })

  it('builds a query by clicking in the explorer', async () => {
    await page.getByRole('button', { name: 'New tab' }).click()
    await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click()
    const explorer = page.locator('.graphiql-explorer-root')
    await explorer.getByText('taskSources', { exact: true }).click()
    await explorer.getByText('callsPerSecond', { exact: true }).click()
    await page.locator('.graphiql-query-editor').getByText('callsPerSecond').waitFor()
  })

  it('shows what the schema says of a field and of its type', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const docs = page.locator('.graphiql-plugin')
    await docs.getByRole('link', { name: 'Task', exact: true }).click()
    await docs.getByText('One asynchronous job').waitFor()
    await docs.getByRole('link', { name: 'startedAt' }).click()
    expect(await docs.locator('.graphiql-markdown-description').first().innerText()).toMatch(/UTC/)
  })

  function tabs(): Promise<string[]> {
    return page.getByRole('tab').allInnerTexts()
  }
})

function exampleNames(): string[] {
  const texts = readdirSync(EXAMPLES).map((name) => readFileSync(join(EXAMPLES, name), 'utf8'))
  return texts.map((text) => /^(?:query|subscription) (\w+)/m.exec(text)?.[1] ?? 'no operation')
}

function isNetwork(url: string): boolean {
  return !url.startsWith('data:') && !url.startsWith('blob:')
}

async function withPage(root: string, use: (url: string) => Promise<void>): Promise<void> {
  const app = Fastify()
  await app.register(graphiqlPage, { root })
  try {
    await use(await app.listen({ port: 0, host: '127.0.0.1' }))
  } finally {
    await app.close()
  }
}
