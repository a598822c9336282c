export const SERVICES = ['cdb', 'postgres'] as const
export type Service = (typeof SERVICES)[number]

export const REGION = 'ap-guangzhou'
export const LATENCY_MS = 30
/** Running tasks of each product. */
export const RUNNING = 200
/** Of each product. */
export const CHANGES_PER_SECOND = 40

/** `mark` begins to count anew, once it has told what was; `rest` stops the motion. */
export type UpstreamQuestion = 'mark' | 'rest' | 'move'

/** What the upstream has seen since the last `mark`. */
export interface UpstreamReport {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly changes: number
  readonly calls: Readonly<Record<Service, CallFigures>>
  /** When each task has changed last, Unix milliseconds, by product and number: `CDB 7`. */
  readonly last: Readonly<Record<string, number>>
}

export interface CallFigures {
  readonly count: number
  readonly perSecond: number
  readonly mostInASecond: number
}

/** What a process holds once its garbage is gone. */
export interface Holdings {
  /** The heap, and what stands outside of it for objects in it. */
  readonly bytes: number
  readonly rssBytes: number
  readonly timers: number
  /** Of clients and to upstreams. */
  readonly sockets: number
  /** Since the process began. */
  readonly cpuMs: number
}
