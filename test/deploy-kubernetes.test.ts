import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ConfigError, type Config } from '../src/config'
import { KNOWN_NAMES } from '../src/config/names'
import { at, listAt, textAt } from './support/answer'
import { parse } from './support/config'
import { startGateway, type TestGateway } from './support/gateway'
import { createFolder } from './support/folder'

const FILE = join(__dirname, '..', 'deploy', 'kubernetes.yaml')
const NAME = 'task-gateway'
const documents = parseAllDocuments(readFileSync(FILE, 'utf8'))
const objects: readonly unknown[] = documents.map((document) => document.toJS() as unknown)

function find(kind: string, name = NAME): unknown {
  return objects.find((object) => at(object, 'kind') === kind && at(object, 'metadata', 'name') === name)
}

const deployment = find('Deployment')
const pod = at(deployment, 'spec', 'template', 'spec')
const container = at(pod, 'containers', 0)

/** The variables that the container gets, those from the Secret too. */
function variables(): Record<string, string> {
  const entries = listAt(container, 'env').map((entry) => {
    const key = at(entry, 'valueFrom', 'secretKeyRef', 'key')
    const value = typeof key === 'string' ? textAt(find('Secret'), 'stringData', key) : textAt(entry, 'value')
    return [textAt(entry, 'name'), value] as const
  })
  return Object.fromEntries(entries)
}

/** As the pod would read it, with the Secret's file of keys, and every text as `fill` makes it. */
async function config(
  fill: (text: string) => string = filled,
): Promise<{ config: Config; warnings: readonly string[] }> {
  const keys = fill(textAt(find('Secret'), 'stringData', 'api-keys.json'))
  const file = createFolder({ 'api-keys.json': keys })
  const values = Object.entries(variables()).map(([name, value]) => [name, fill(value)] as const)
  return parse({ ...Object.fromEntries(values), TASK_GATEWAY_API_KEYS_FILE: join(file, 'api-keys.json') })
}

/** A text of the Secret as whoever deploys it fills it in. */
function filled(text: string): string {
  return text.replaceAll('replace-me', 'a-secret-of-the-test').replace(/0{64}/, 'ab'.repeat(32))
}

describe('the example for Kubernetes', () => {
  let gateway: TestGateway
  beforeAll(async () => (gateway = await startGateway()))
  afterAll(() => gateway.close())

  it('is YAML without errors, and has one object a name and kind', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    const names = objects.map((object) => `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it('sets only what the gateway knows, and the gateway starts with it without a warning', async () => {
    const { warnings } = await config()
    expect(warnings).toEqual([])
    for (const name of Object.keys(variables())) expect(KNOWN_NAMES).toContain(name)
  })

  it('is refused as it is, with the name of every placeholder', async () => {
    const error: unknown = await config((text) => text).catch((problem: unknown) => problem)
    expect(error).toBeInstanceOf(ConfigError)
    const { problems } = error as ConfigError
    const names = [
      'TENCENTCLOUD_SECRET_ID',
      'TENCENTCLOUD_SECRET_KEY',
      'TASK_GATEWAY_CURSOR_SECRET',
      'TASK_GATEWAY_API_KEYS_FILE',
      'REDIS_URL',
    ]
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(names.sort())
    for (const problem of problems) expect(problem).toContain('placeholder')
  })

  it('pins every image by a digest', () => {
    for (const each of [deployment, find('Deployment', `${NAME}-redis`)])
      expect(textAt(each, 'spec', 'template', 'spec', 'containers', 0, 'image')).toMatch(
        /:[\d.]+(-\w+)?@sha256:[0-9a-f]{64}$/,
      )
  })

  it('has a Redis that asks for the password that is in REDIS_URL', () => {
    const redis = at(find('Deployment', `${NAME}-redis`), 'spec', 'template', 'spec', 'containers', 0)
    const command = listAt(redis, 'command')
    expect(command[command.indexOf('--requirepass') + 1]).toBe('$(REDISCLI_AUTH)')
    const key = textAt(redis, 'env', 0, 'valueFrom', 'secretKeyRef', 'key')
    const password = textAt(find('Secret'), 'stringData', key)
    expect(new URL(variables()['REDIS_URL'] ?? '').password).toBe(password)
  })

  it('lets only callers in, the monitoring to the metrics, and the gateway out to what it needs', () => {
    const spec = at(find('NetworkPolicy'), 'spec')
    expect(at(spec, 'podSelector', 'matchLabels')).toEqual(at(find('Service'), 'spec', 'selector'))
    expect(at(spec, 'policyTypes')).toEqual(['Ingress', 'Egress'])
    const monitoring = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }
    expect(at(spec, 'ingress')).toEqual([
      { ports: [{ port: 'http' }] },
      { from: [monitoring], ports: [{ port: 'metrics' }] },
    ])
    const ports = listAt(spec, 'egress').map((rule) => listAt(rule, 'ports').map((one) => at(one, 'port')))
    expect(ports).toEqual([[53, 53], [6379], [443]])
    for (const rule of listAt(spec, 'egress')) expect(listAt(rule, 'to')).toHaveLength(1)
    const redis = at(find('NetworkPolicy', `${NAME}-redis`), 'spec')
    expect([at(redis, 'policyTypes'), at(redis, 'egress')]).toEqual([['Ingress', 'Egress'], []])
  })

  it('mounts the keys of the callers where the gateway reads them', () => {
    const path = variables()['TASK_GATEWAY_API_KEYS_FILE'] ?? ''
    const item = at(pod, 'volumes', 0, 'secret', 'items', 0)
    expect(`${textAt(container, 'volumeMounts', 0, 'mountPath')}/${textAt(item, 'path')}`).toBe(path)
    expect(at(find('Secret'), 'stringData')).toHaveProperty([textAt(item, 'key')])
  })

  it.each([
    ['readinessProbe', 'ready'],
    ['livenessProbe', 'ok'],
  ])('has a %s that the gateway answers', async (probe, answer) => {
    expect(at(container, probe, 'httpGet', 'port')).toBe('http')
    const response = await fetch(`${gateway.url}${textAt(container, probe, 'httpGet', 'path')}`)
    expect([response.status, await response.text()]).toEqual([200, `${answer}\n`])
  })

  it('names the ports that the gateway opens', async () => {
    const { http } = (await config()).config
    expect(at(container, 'ports')).toEqual([
      { name: 'http', containerPort: http.port },
      { name: 'metrics', containerPort: http.adminPort },
    ])
    const annotations = at(deployment, 'spec', 'template', 'metadata', 'annotations')
    expect(at(annotations, 'prometheus.io/port')).toBe(String(http.adminPort))
    expect(http.loopback).toBe(false)
  })

  it('gives the gateway the time that it may take to stop, and itself the time to see that it is not ready', async () => {
    const { drainMs, closeMs } = (await config()).config.http
    const graceMs = Number(at(pod, 'terminationGracePeriodSeconds')) * 1000
    expect(graceMs).toBeGreaterThan(drainMs + closeMs)
    const { periodSeconds, failureThreshold } = at(container, 'readinessProbe') as Record<string, number>
    expect(drainMs).toBeGreaterThan(2 * (periodSeconds ?? NaN) * (failureThreshold ?? NaN) * 1000)
  })

  it('runs as nobody who may write or gain anything', () => {
    for (const each of [deployment, find('Deployment', `${NAME}-redis`)]) {
      const spec = at(each, 'spec', 'template', 'spec')
      expect(at(spec, 'securityContext')).toMatchObject({ runAsNonRoot: true })
      expect(at(spec, 'automountServiceAccountToken')).toBe(false)
      expect(at(spec, 'containers', 0, 'securityContext')).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  it('counts the pods of a rolling update among the replicas, and keeps most of them up', async () => {
    const replicas = Number(at(deployment, 'spec', 'replicas'))
    const surge = Number(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge'))
    const { redis } = (await config()).config
    expect(redis?.maxReplicas).toBe(replicas + surge)
    expect(Number(at(find('PodDisruptionBudget'), 'spec', 'minAvailable'))).toBeLessThan(replicas)
  })

  it('leads from the Services to the pods, and to Redis where REDIS_URL says', () => {
    const { hostname, port } = new URL(variables()['REDIS_URL'] ?? '')
    for (const name of [NAME, hostname]) {
      const labels = at(find('Deployment', name), 'spec', 'template', 'metadata', 'labels')
      expect(at(find('Deployment', name), 'spec', 'selector', 'matchLabels')).toEqual(labels)
      expect(at(find('Service', name), 'spec', 'selector')).toEqual(labels)
    }
    expect(at(find('Service', hostname), 'spec', 'ports', 0, 'port')).toBe(Number(port))
    const allowed = at(find('NetworkPolicy', hostname), 'spec', 'ingress', 0, 'from', 0, 'podSelector')
    expect(at(allowed, 'matchLabels')).toEqual(at(find('Service'), 'spec', 'selector'))
  })
})
