/** What one GraphQL request has cost the upstreams so far; answered as `extensions.upstream`. */
export interface UpstreamMeter {
  /** Upstream calls sent for this request, every attempt counted. */
  calls: number
  /** Answers taken from the cache. */
  cacheHits: number
  /** Answers shared with a call that somebody else had under way. */
  shared: number
  /** Time spent waiting for quota, in milliseconds, all calls added up. */
  queuedMs: number
}

export function createMeter(): UpstreamMeter {
  return { calls: 0, cacheHits: 0, shared: 0, queuedMs: 0 }
}

/** How old the answers are that a request was given. */
export interface Freshness {
  /** Unix milliseconds at which the oldest was asked for; Infinity while there is none. */
  oldestMs: number
}

/** Where a call is before it is sent. */
export interface QueuePlace {
  /** How much longer it will wait for quota, about; null where it does not wait for that. */
  leftMs: (() => number) | null
}

/** What a trace tells of a piece of work. No value may be a secret, or come from a task. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>

/** A piece of work, as a trace shows it. */
export interface Span {
  /** Begins a part of it; `call` is one that leaves this process. */
  child(name: string, facts: SpanFacts, kind?: 'call'): Span
  note(facts: SpanFacts): void
  rename(name: string): void
  /** @param problem the code of what went wrong, if anything did */
  end(problem?: string): void
}

/** Travels with every question to an upstream. */
export interface CallContext {
  /** Ends the whole exchange: the request's deadline, or the caller has gone away. */
  readonly signal: AbortSignal
  readonly meter: UpstreamMeter
  /** Unix milliseconds at which `signal` ends the exchange: what would wait longer is refused at once. */
  readonly deadlineMs?: number
  /** Unix milliseconds: an answer asked for earlier than this must not be served. */
  readonly notBeforeMs?: number
  /** Where the age of the answers used is noted; absent where nobody asks. */
  readonly freshness?: Freshness
  /** Nobody waits for this: it goes after the calls that somebody waits for. */
  readonly background?: boolean
  /** Where the quota notes that the call waits for it; absent where nobody asks. */
  readonly place?: QueuePlace
  /** How many wait for this together; one if absent. */
  readonly callers?: number
  /** What the question is part of; absent where nobody traces it. */
  readonly span?: Span | undefined
  /** How many answers a request was given, kept and shared ones too; absent where nobody asks. */
  readonly reads?: { count: number }
  /** The cloud's ids of the answers that a request was given; absent where nobody asks. */
  readonly requestIds?: Set<string>
}

/** To be called where an answer lacks something, or its age is not known: it is kept neither here nor by the client. */
export function neverKeep({ freshness }: Pick<CallContext, 'freshness'>): void {
  if (freshness) freshness.oldestMs = -Infinity
}
