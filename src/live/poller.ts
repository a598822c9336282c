import { UpstreamFailure } from '../failure'
import type { CallContext } from '../call-context'
import { CostTally } from '../call-cost'
import { ANYONE, type Caller } from '../tasks/caller'
import type { ObservedSource } from '../tasks/observed-source'
import type { TaskId } from '../tasks/id'
import type { Task } from '../tasks/task'
import { Announcer, type Audience, type Outage } from './announcer'
import type { Change } from './board'
import type { EventLog } from './event-log'
import { Knowledge } from './knowledge'
import type { Reading } from './source-reader'
import { timedScope, type LiveTools } from './live'
import { Watchers, type Watcher } from './watchers'

export interface FoundTask {
  readonly task: Task
  /** Unix milliseconds. */
  readonly askedAtMs: number
}

export interface PollerTools extends LiveTools {
  readonly log: EventLog
  /** Looks for a task for somebody who waits. @throws SourceUnavailable */
  readonly find: (id: TaskId, caller: Caller, scope: CallContext) => Promise<Task | null>
}

/** Rounds begin at multiples of it, so that replicas poll together and one's answers serve all. */
export const PERIOD_MS = 1200
/** Clocks of replicas differ by so much. */
const SLACK_MS = 100
const ROUND_MS = 5000
const FIND_MS = 8000
/** What was known is of use for so long after the last has left. */
const KEEP_MS = 60_000
/** A source that only has no quota for us is told of as down after so long. */
const THROTTLED_MS = 5000

/** A stretch of time in which somebody is there. */
interface Run {
  readonly controller: AbortController
  lastSuccessMs: number
}

/** Polls one source while anybody is there, and tells them what has changed. */
export class Poller {
  readonly watchers = new Watchers()
  private readonly announcer: Announcer
  private known: Knowledge
  private users = 0
  private run: Run | null = null
  private stoppedMs = -Infinity
  private callOff: () => void = () => undefined
  private turns: Promise<void> = Promise.resolve()
  /** True where the board is no older than a round. */
  private isCurrent = false
  private isFinding = false

  constructor(
    readonly source: ObservedSource,
    private readonly tools: PollerTools,
  ) {
    this.announcer = new Announcer(source, tools.log, tools.observe)
    this.known = this.createKnowledge()
  }

  /** The last event that the base line contains: what came after it was told. Null while there is no base line. */
  get baseSequence(): number | null {
    return this.known.base
  }

  /** Since when the source is down, and how; null where it is not. */
  get outage(): Outage | null {
    return this.announcer.outage
  }

  /** @returns to be called once, when the audience leaves */
  join(audience: Audience): () => void {
    this.announcer.add(audience)
    this.enter()
    return () => {
      this.announcer.remove(audience)
      this.leave()
    }
  }

  /**
   * The watcher is given every state of the task that is learned, the current one first.
   * @param found a state that somebody has asked for just now
   */
  watch(id: TaskId, watcher: Watcher, found: FoundTask | null = null): void {
    this.enter()
    if (found !== null) this.known.board.see(found.task, found.askedAtMs, 'elsewhere')
    this.watchers.add(id.number, watcher)
    const task = this.isCurrent || found !== null ? this.known.board.get(id.number) : null
    if (task !== null) {
      watcher.take(task)
      return
    }
    this.known.lookUps.want(id, this.now())
    if (this.isCurrent) this.findSoon()
  }

  unwatch(number: bigint, watcher: Watcher): void {
    if (!this.watchers.remove(number, watcher)) return
    if (!this.watchers.has(number)) this.known.lookUps.forget(number)
    this.leave()
  }

  /** Resolves when no round is under way. */
  settled(): Promise<void> {
    return this.turns
  }

  private now(): number {
    return this.tools.clock.now()
  }

  private enter(): void {
    this.users += 1
    if (this.run !== null) return
    const nowMs = this.now()
    if (nowMs - this.stoppedMs >= KEEP_MS) this.startAnew()
    this.announcer.isCatchingUp = this.known.board.isSettled
    this.noticeOutage(nowMs)
    const run = { controller: new AbortController(), lastSuccessMs: nowMs }
    this.run = run
    this.takeTurn(run, Math.floor(nowMs / PERIOD_MS))
  }

  private leave(): void {
    this.users -= 1
    if (this.users > 0) return
    this.callOff()
    this.run?.controller.abort(new Error('nobody is there any more'))
    this.run = null
    this.isCurrent = false
    this.stoppedMs = this.now()
  }

  private startAnew(): void {
    this.known = this.createKnowledge()
    this.announcer.expectUp()
  }

  /** It may be known to be down before anything is asked. */
  private noticeOutage(observedMs: number): void {
    const { state, lastFailure } = this.source
    if (state === 'UNAVAILABLE' && lastFailure !== null)
      this.announcer.expectDown({ failure: lastFailure, observedMs })
  }

  private createKnowledge(): Knowledge {
    const changed = (change: Change): void => this.announcer.changed(change)
    return new Knowledge(this.source, this.watchers, changed, () => this.now())
  }

  private schedule(run: Run, afterSlot: number): void {
    const slot = Math.max(afterSlot + 1, Math.floor(this.now() / PERIOD_MS))
    const dueMs = slot === Math.floor(this.now() / PERIOD_MS) ? this.now() : slot * PERIOD_MS
    this.callOff = this.tools.later(() => this.takeTurn(run, slot), dueMs - this.now())
  }

  /** One round after the other, those of an earlier run too. */
  private takeTurn(run: Run, slot: number): void {
    this.turns = this.turns
      .then(() => (run === this.run ? this.round(run, slot) : undefined))
      .catch((error: unknown) => this.tools.observe.unexpected(error))
  }

  private async round(run: Run, slot: number): Promise<void> {
    const beganMs = this.now()
    const notBeforeMs = slot * PERIOD_MS - SLACK_MS
    const over = { notBeforeMs, background: true }
    const { scope, end } = timedScope(run.controller.signal, ROUND_MS, this.tools, over)
    const spent = new CostTally()
    let failure: UpstreamFailure | null = null
    let lagMs: number | null = null
    try {
      if (this.outage !== null) await this.known.reader.probe(scope, spent)
      const reading = await this.known.reader.read(slot, scope, spent)
      lagMs = this.now() - reading.askedAtMs
      if (run === this.run) this.succeeded(run, reading)
    } catch (error) {
      if (run !== this.run) return
      if (!(error instanceof UpstreamFailure)) throw error
      failure = error
      this.failed(run, error)
    } finally {
      end()
      if (run === this.run) this.schedule(run, slot)
      const { calls } = spent
      this.tools.observe.round(this.source.key, { durationMs: this.now() - beganMs, calls, failure, lagMs })
    }
  }

  private succeeded(run: Run, { askedAtMs, isCut }: Reading): void {
    run.lastSuccessMs = this.now()
    this.isCurrent = true
    this.announcer.answered(askedAtMs)
    if (isCut) this.announcer.gap('more tasks have started at once than are read', askedAtMs)
    this.announcer.isCatchingUp = false
    this.known.base ??= this.tools.log.sequence
    this.known.serveWanted()
    this.findSoon()
  }

  private failed(run: Run, failure: UpstreamFailure): void {
    this.isCurrent = false
    const nowMs = this.now()
    const isLate = nowMs - run.lastSuccessMs >= THROTTLED_MS
    if (failure.code !== 'UPSTREAM_THROTTLED' || isLate)
      this.announcer.wentDown({ failure, observedMs: nowMs })
  }

  /** Those that begin to watch in one moment are looked for together. */
  private findSoon(): void {
    if (this.isFinding) return
    this.isFinding = true
    queueMicrotask(() => {
      this.isFinding = false
      if (this.run !== null)
        void this.findNew(this.run).catch((error: unknown) => this.tools.observe.unexpected(error))
    })
  }

  private async findNew(run: Run): Promise<void> {
    const { known } = this
    const ids = known.lookUps.takeNew(this.now())
    if (ids.length === 0) return
    const { scope, end } = timedScope(run.controller.signal, FIND_MS, this.tools)
    const ask = (id: TaskId): Promise<Task | null> => this.tools.find(id, ANYONE, scope)
    await Promise.all(ids.map((id) => known.find(id, ask))).finally(end)
  }
}
