import type * as Api from '@opentelemetry/api'
import type { Span, SpanFacts } from '../call-context'
import type { Log } from './log'

export interface TracesOptions {
  /** Where spans are posted to. */
  readonly url: string
  readonly protocol: 'http/protobuf' | 'http/json'
  readonly serviceName: string
  /** The share of requests that is traced; `followsCaller`: where the caller has not decided. */
  readonly sampler: { readonly followsCaller: boolean; readonly ratio: number }
}

/** What a caller that is traced itself sends along (W3C Trace Context). */
export interface TraceHeaders {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

export interface Traces {
  /** Begins the trace of a request, as a part of the caller's where it has one. */
  begin(name: string, headers: TraceHeaders): Span
  /** Sends what has not been sent yet, if that can be done soon. */
  close(): Promise<void>
}

const FLUSH_MS = 3000

/** Loads OpenTelemetry, which who asks for no traces never does. */
export async function createTraces(options: TracesOptions, log: Pick<Log, 'warn'>): Promise<Traces> {
  const api = await import('@opentelemetry/api')
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base')
  const { W3CTraceContextPropagator, setGlobalErrorHandler } = await import('@opentelemetry/core')
  setGlobalErrorHandler((err) => log.warn({ err }, 'traces could not be sent'))
  const provider = new BasicTracerProvider({
    resource: await createResource(options.serviceName),
    sampler: await createSampler(options.sampler),
    spanProcessors: [new BatchSpanProcessor(await createExporter(options))],
  })
  const tracer = provider.getTracer('task-gateway')
  const propagator = new W3CTraceContextPropagator()
  const tools = { api, tracer }
  return {
    begin(name, headers) {
      const context = propagator.extract(api.ROOT_CONTEXT, headers, api.defaultTextMapGetter)
      return wrap(tracer.startSpan(name, { kind: api.SpanKind.SERVER }, context), context, tools)
    },
    close: () => within(provider.shutdown(), FLUSH_MS),
  }
}

interface Tools {
  readonly api: typeof Api
  readonly tracer: Api.Tracer
}

function wrap(span: Api.Span, outer: Api.Context, tools: Tools): Span {
  const { api, tracer } = tools
  const context = api.trace.setSpan(outer, span)
  return {
    child(name, attributes: SpanFacts, { isCall = false, startedMs } = {}) {
      const options = {
        kind: isCall ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL,
        attributes,
        ...(startedMs !== undefined && { startTime: startedMs }),
      }
      return wrap(tracer.startSpan(name, options, context), context, tools)
    },
    note: (facts) => void span.setAttributes({ ...facts }),
    rename: (name) => void span.updateName(name),
    end(problem) {
      if (problem !== undefined) {
        span.setAttribute('error.type', problem)
        span.setStatus({ code: api.SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}

/** `OTEL_RESOURCE_ATTRIBUTES` says more of this process. */
async function createResource(serviceName: string) {
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources')
  return detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({ 'service.name': serviceName }),
  )
}

async function createSampler({ followsCaller, ratio }: TracesOptions['sampler']) {
  const { ParentBasedSampler, TraceIdRatioBasedSampler } = await import('@opentelemetry/sdk-trace-base')
  const root = new TraceIdRatioBasedSampler(ratio)
  return followsCaller ? new ParentBasedSampler({ root }) : root
}

async function createExporter({ url, protocol }: TracesOptions) {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  return new OTLPTraceExporter({ url })
}

/** A collector that is away must not keep the process from its end. */
async function within(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([done.catch(() => undefined), late])
  clearTimeout(timer)
}
