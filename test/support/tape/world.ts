/** A job as TAPE answers it; instants are Unix seconds. */
export interface TapeJob {
  readonly Id: number
  readonly State: number
  readonly Kind: string
  readonly Vault: string
  /** From 0 to 1. */
  readonly Done: number
  readonly Begun: number | null
  readonly Ended: number | null
}

/** The jobs of TAPE, and how it answers for them. */
export class TapeWorld {
  readonly jobs = new Map<number, TapeJob>()
  /** What was asked. */
  readonly calls: Readonly<Record<string, unknown>>[] = []

  put(job: Partial<TapeJob> & Pick<TapeJob, 'Id'>): void {
    const plain = { State: 20, Kind: 'recall', Vault: 'tape-a', Done: 0.5, Begun: 0, Ended: null }
    this.jobs.set(job.Id, { ...plain, ...this.jobs.get(job.Id), ...job })
  }

  /** A job that ended ten seconds after its start. */
  putEnded(id: number, second: number, over: Partial<TapeJob> = {}): void {
    this.put({ Id: id, State: 30, Done: 1, Begun: second, Ended: second + 10, ...over })
  }

  /** Newest first, though no document says so; jobs of one second in a steady order, and what has not begun last. */
  get listed(): readonly TapeJob[] {
    return [...this.jobs.values()].sort(
      (a, b) => (b.Begun ?? -Infinity) - (a.Begun ?? -Infinity) || mixed(a.Id) - mixed(b.Id),
    )
  }

  /** The inside of the envelope. */
  answer(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    this.calls.push(parameters)
    const { Offset: offset, Limit: limit, Vault: vault, States: states, JobId: id } = parameters
    if (typeof offset !== 'number' || typeof limit !== 'number' || limit < 1 || limit > 100)
      return refusal('Offset and Limit must be given, Limit from 1 to 100')
    if (offset % limit !== 0) return refusal(`Offset ${offset} is not a multiple of Limit ${limit}`)
    if (id !== undefined && vault === undefined) return refusal('JobId needs Vault')
    const found = this.listed.filter(
      (job) =>
        (id === undefined || job.Id === Number(id)) &&
        (vault === undefined || job.Vault === vault) &&
        (!Array.isArray(states) || states.includes(job.State)),
    )
    return { TotalCount: found.length, Jobs: found.slice(offset, offset + limit) }
  }
}

function refusal(message: string): Readonly<Record<string, unknown>> {
  return { Error: { Code: 'InvalidParameterValue', Message: message } }
}

/** Neither the order of numbers nor its reverse. */
function mixed(id: number): number {
  return (id * 7919) % 1009
}
