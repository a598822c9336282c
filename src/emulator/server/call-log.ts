/** One request to an emulated API, as it arrived and as it was answered. */
export interface Call {
  /** Unix milliseconds of the emulator's own clock, without the shift that tests may give it. */
  readonly atMs: number
  readonly service: string
  readonly region: string | null
  readonly action: string
  readonly parameters: unknown
  readonly secretId: string
  /** `pending`, `ok`, the code of a refusal, or `fault:` and its kind. */
  outcome: string
  requestId: string | null
}

/** Which calls are meant; what is left out does not matter. */
export interface CallFilter {
  readonly service?: string
  readonly region?: string | null
  readonly secretId?: string
  readonly outcome?: string
}

/** Every call in the order of arrival; the oldest are forgotten beyond `keep`. */
export class CallLog {
  readonly calls: Call[] = []

  constructor(private readonly keep: number) {}

  add(call: Call): Call {
    if (this.calls.length >= this.keep) this.calls.splice(0, Math.ceil(this.keep / 10))
    this.calls.push(call)
    return call
  }

  clear(): void {
    this.calls.length = 0
  }

  find(filter: CallFilter = {}): readonly Call[] {
    return this.calls.filter((call) => isMeant(call, filter))
  }

  count(filter: CallFilter = {}): number {
    return this.find(filter).length
  }

  /** The most calls that arrived within any one second. */
  maxPerSecond(filter: CallFilter = {}): number {
    const times = this.find(filter).map((call) => call.atMs)
    let most = 0
    let first = 0
    times.forEach((at, last) => {
      while ((times[first] ?? at) <= at - 1000) first += 1
      most = Math.max(most, last - first + 1)
    })
    return most
  }

  /** How many calls had which outcome, by service and region. */
  counters(): Readonly<Record<string, number>> {
    const counters = new Map<string, number>()
    for (const { service, region, outcome } of this.calls) {
      const name = `${service} ${region ?? '-'} ${outcome}`
      counters.set(name, (counters.get(name) ?? 0) + 1)
    }
    return Object.fromEntries(counters)
  }
}

function isMeant(call: Call, filter: CallFilter): boolean {
  return (
    (filter.service === undefined || call.service === filter.service) &&
    (filter.region === undefined || call.region === filter.region) &&
    (filter.secretId === undefined || call.secretId === filter.secretId) &&
    (filter.outcome === undefined || call.outcome === filter.outcome)
  )
}
