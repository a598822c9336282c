import type { UpstreamFailure } from '../failure'
import type { ObservedSource } from '../tasks/observed-source'
import type { Task } from '../tasks/task'
import type { Change } from './board'
import type { EventLog, Happening, LoggedEvent } from './event-log'
import type { LiveObserver } from './live'

/** Who is told of all that happens at a source. */
export interface Audience {
  /** @param isOld true for what happened while nobody was here, before it was found now */
  tell(event: LoggedEvent, isOld: boolean): void
}

export interface Outage {
  readonly failure: UpstreamFailure
  /** Unix milliseconds. */
  readonly observedMs: number
}

/** Tells what happens at one source to all who want to know, and remembers whether it is down. */
export class Announcer {
  private readonly audience = new Set<Audience>()
  private down: Outage | null = null
  /** Changes that are told when the source is known to be back. */
  private held: Change[] = []
  /** True while what is found may have happened before anybody was here. */
  isCatchingUp = false

  constructor(
    private readonly source: ObservedSource,
    private readonly log: EventLog,
    private readonly observe: LiveObserver,
  ) {}

  get outage(): Outage | null {
    return this.down
  }

  add(audience: Audience): void {
    this.audience.add(audience)
  }

  remove(audience: Audience): void {
    this.audience.delete(audience)
  }

  /** A source that is known to be down, without an event. */
  expectDown(outage: Outage): void {
    this.down ??= outage
  }

  expectUp(): void {
    this.down = null
  }

  wentDown(outage: Outage): void {
    this.tellHeld()
    if (this.down !== null) return
    this.down = outage
    this.tell({ is: 'source', source: this.source, ...outage }, null)
  }

  answered(observedMs: number): void {
    if (this.down !== null) this.tell({ is: 'source', source: this.source, failure: null, observedMs }, null)
    this.down = null
    this.tellHeld()
  }

  changed(change: Change): void {
    if (this.down !== null) this.held.push(change)
    else this.tellChange(change)
  }

  gap(reason: string, observedMs: number): void {
    this.tell({ is: 'gap', reason, observedMs }, null)
  }

  private tellHeld(): void {
    for (const change of this.held.splice(0)) this.tellChange(change)
  }

  private tellChange({ kind, task, before, observedMs }: Change): void {
    const previousStatus = before?.status ?? null
    this.tell({ is: 'task', kind, task, previousStatus, observedMs }, before)
  }

  private tell(happening: Happening, before: Task | null): void {
    this.observe.event(this.source.key, happening.is === 'task' ? happening.kind : KINDS[happening.is])
    const event = this.log.append({ source: this.source, happening, before })
    for (const audience of this.audience) audience.tell(event, this.isCatchingUp)
  }
}

const KINDS = { source: 'SOURCE', gap: 'GAP' } as const
