import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Config } from '../src/config'
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

/** As the pod would read it, with the Secret's file of keys. */
async function config(): Promise<{ config: Config; warnings: readonly string[] }> {
  const file = createFolder({ 'api-keys.json': textAt(find('Secret'), 'stringData', 'api-keys.json') })
  return parse({ ...variables(), TASK_GATEWAY_API_KEYS_FILE: join(file, 'api-keys.json') })
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
