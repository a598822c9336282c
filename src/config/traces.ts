import type { Environment } from './environment'

/** Where traces are sent, and which; what is not here the library reads from `OTEL_…` variables by itself. */
export interface TracesConfig {
  readonly url: string
  readonly protocol: (typeof PROTOCOLS)[number]
  readonly serviceName: string
  readonly sampler: Sampler
  /** Values of the headers that are sent along, which often hold a token. */
  readonly secrets: readonly string[]
}

export interface Sampler {
  /** What a caller that is traced already has decided goes. */
  readonly followsCaller: boolean
  /** The share of the other requests that is traced, from 0 to 1. */
  readonly ratio: number
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const
const SAMPLERS = ['always_on', 'always_off', 'traceidratio']
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'

/** OpenTelemetry's standard variables; null where they do not ask for traces. */
export function parseTraces(environment: Environment): TracesConfig | null {
  const disabled = environment.flag('OTEL_SDK_DISABLED', false)
  const exporter = environment.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], '')
  const endpoint = environment.text(TRACES_ENDPOINT) ?? environment.text(ENDPOINT)
  if (disabled || exporter === 'none' || (exporter === '' && endpoint === null)) return null
  const protocol = environment.choice(
    environment.text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') === null
      ? 'OTEL_EXPORTER_OTLP_PROTOCOL'
      : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    PROTOCOLS,
    'http/protobuf',
  )
  return {
    url: parseUrl(environment),
    protocol: protocol === 'http/json' ? 'http/json' : 'http/protobuf',
    serviceName: environment.text('OTEL_SERVICE_NAME') ?? 'task-gateway',
    sampler: parseSampler(environment),
    secrets: ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'].flatMap((name) =>
      headerValues(environment, name),
    ),
  }
}

/** The endpoint of traces is taken as it is, the common one has a path for each kind of signal below it. */
function parseUrl(environment: Environment): string {
  const own = environment.text(TRACES_ENDPOINT)
  const url = own ?? environment.text(ENDPOINT) ?? 'http://127.0.0.1:4318'
  if (!isEndpoint(url)) {
    const rule = 'it must be http(s)://host[:port][/path]; a token goes into OTEL_EXPORTER_OTLP_HEADERS'
    environment.refuseSecret(own === null ? ENDPOINT : TRACES_ENDPOINT, rule)
  }
  return own ?? `${url.replace(/\/+$/, '')}/v1/traces`
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === ''
}

function parseSampler(environment: Environment): Sampler {
  const choices = [...SAMPLERS, ...SAMPLERS.map((name) => `parentbased_${name}`)]
  const name = environment.choice('OTEL_TRACES_SAMPLER', choices, 'parentbased_always_on')
  const ratio = { always_on: 1, always_off: 0 }[name.replace('parentbased_', '')]
  return {
    followsCaller: name.startsWith('parentbased_'),
    ratio: ratio ?? parseRatio(environment, 'OTEL_TRACES_SAMPLER_ARG'),
  }
}

function parseRatio(environment: Environment, name: string): number {
  const text = environment.text(name) ?? '1'
  const ratio = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (ratio <= 1) return ratio
  environment.refuse(name, 'it must be a number from 0 to 1')
  return 1
}

/** `name=value,name=value`, the values percent-encoded. */
function headerValues(environment: Environment, name: string): readonly string[] {
  const values = (environment.list(name) ?? []).map((entry) => entry.slice(entry.indexOf('=') + 1).trim())
  return values.flatMap((value) => [value, decoded(value)])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
