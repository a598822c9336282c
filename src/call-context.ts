/** Attributes of a span. No value may be a secret, or come from a task. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>

/** How a child span differs from work inside this process that begins now. */
export interface SpanOptions {
  /** The span is a call that leaves this process. */
  readonly isCall?: boolean
  /** Unix milliseconds, for work that began earlier. */
  readonly startedMs?: number
}

/** A piece of work in a trace. */
export interface Span {
  child(name: string, facts: SpanFacts, options?: SpanOptions): Span
  note(facts: SpanFacts): void
  rename(name: string): void
  /** @param problem the code of what went wrong, if anything did */
  end(problem?: string): void
}

/** What a call may do. Goes down with the call; nothing writes to it. */
export interface CallContext {
  /** Ends the call: the request's deadline has passed, or its caller has gone away. */
  readonly signal: AbortSignal
  /** Unix milliseconds at which `signal` aborts: a call that would wait longer is refused at once. */
  readonly deadlineMs?: number
  /** Unix milliseconds: an answer that was asked for earlier must not be served. */
  readonly notBeforeMs?: number
  /** A background call goes after the calls that a request waits for. */
  readonly background?: boolean
  /** Whose turn it takes where calls must wait; all without one are one caller. */
  readonly payer?: string
  /** All that wait for a shared call, `payer` among them: it goes as soon as it is the turn of any. */
  readonly payers?: ReadonlySet<string>
  /** How many requests wait for this call; one if absent. */
  readonly callers?: number
  /** The span that the call belongs to; absent where the request is not traced. */
  readonly span?: Span | undefined
}
