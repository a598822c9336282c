import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { listAt, textAt } from './support/answer'
import { freePort } from './support/free-port'
import { ask } from './support/gateway'
import { GatewayProcess } from './support/gateway-process'

const DEPLOY = join(__dirname, '..', 'deploy')
/** Added by Prometheus when it reads, or a part of every histogram. */
const GIVEN_LABELS = ['instance', 'le']

/** What an expression names: metrics, and for each the labels that it is selected or grouped by. */
interface Use {
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
}

const panels = listAt(JSON.parse(readFileSync(join(DEPLOY, 'grafana-dashboard.json'), 'utf8')), 'panels')
const rules = listAt(parseYaml(readFileSync(join(DEPLOY, 'alerts.yaml'), 'utf8')), 'groups', 0, 'rules')
const expressions = [
  ...panels
    .filter((panel) => textAt(panel, 'type') !== 'row')
    .flatMap((panel) => listAt(panel, 'targets').map((target) => textAt(target, 'expr'))),
  ...rules.map((rule) => textAt(rule, 'expr')),
]

let emulator: Emulator
let gateway: GatewayProcess
let exposition: string
beforeAll(async () => {
  emulator = await startEmulator({ quotas: 'off' })
  const adminPort = await freePort()
  gateway = new GatewayProcess({
    PORT: '0',
    TASK_GATEWAY_ADMIN_PORT: String(adminPort),
    TASK_GATEWAY_DRAIN_MS: '0',
    TENCENTCLOUD_SECRET_ID: emulator.credential.secretId,
    TENCENTCLOUD_SECRET_KEY: emulator.credential.secretKey,
    TENCENTCLOUD_REGION: 'ap-guangzhou',
    TASK_GATEWAY_CDB_ENDPOINT: emulator.url,
    TASK_GATEWAY_POSTGRES_ENDPOINT: emulator.url,
  })
  const url = await gateway.url()
  for (const query of ['{ tasks(first: 50) { totalCount nodes { id } } }', '{ nonsense }'])
    await ask(url, query)
  exposition = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
})
afterAll(async () => {
  await gateway.kill()
  await emulator.close()
})

function usedIn(expression: string): Use {
  const metrics = expression.match(/\b(task_gateway|process|nodejs)_\w+/g) ?? []
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */))
  const selected = [...expression.matchAll(/[{,](\w+)=/g)].map(([, label = '']) => label)
  return { metrics, labels: [...grouped, ...selected].filter((label) => !GIVEN_LABELS.includes(label)) }
}

/** A histogram is told of under its own name, and has its values under three others. */
function familyOf(metric: string): string {
  return metric.replace(/_(bucket|sum|count)$/, '')
}

function labelsOf(metric: string): readonly string[] | null {
  const line = exposition.split('\n').find((each) => each.startsWith(`${metric}{`))
  return line === undefined ? null : [...line.matchAll(/[{,](\w+)="/g)].map(([, label = '']) => label)
}

describe('the dashboard and the alerts', () => {
  it('have something to show and to tell', () => {
    expect(panels.length).toBeGreaterThan(10)
    expect(rules.length).toBeGreaterThan(5)
    expect(new Set(rules.map((rule) => textAt(rule, 'alert'))).size).toBe(rules.length)
  })

  it.each([...new Set(expressions)])('name what the gateway measures: %s', (expression) => {
    const { metrics, labels } = usedIn(expression)
    expect(metrics).not.toEqual([])
    for (const metric of metrics) {
      const types = exposition.split('\n').filter((line) => line.startsWith('# TYPE '))
      expect(types.map((line) => line.split(' ')[2])).toContain(familyOf(metric))
      const known = labelsOf(metric)
      // What has not happened yet has no sample to read labels from.
      if (known !== null) expect(known).toEqual(expect.arrayContaining([...labels]))
    }
  })

  it('are checked against samples wherever an ordinary request makes some', () => {
    const checked = expressions
      .flatMap((each) => usedIn(each).metrics)
      .filter((each) => labelsOf(each) !== null)
    expect([...new Set(checked.map(familyOf))]).toEqual(
      expect.arrayContaining([
        'task_gateway_graphql_requests_total',
        'task_gateway_upstream_calls_total',
        'task_gateway_upstream_quota_calls_per_second',
        'task_gateway_answers_reused_total',
        'task_gateway_unknown_words_total',
        'task_gateway_cache_bytes',
      ]),
    )
  })
})
