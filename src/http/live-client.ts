import type { Session } from '../auth/authenticate'

/** A longer timer would run out at once; a connection that has lasted for it is closed as well. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Who sits at the other end of a WebSocket, and what it has under way. */
export class LiveClient {
  private session: Session | null = null
  private expiry: NodeJS.Timeout | undefined
  private readonly leaving = new AbortController()
  private readonly running = new Set<AbortController>()
  private readonly held = new Map<object, number>()

  constructor(readonly address: string) {}

  /** Aborts when the client has gone. */
  get gone(): AbortSignal {
    return this.leaving.signal
  }

  /** Operations under way, those whose last message has not been sent yet among them. */
  get operations(): number {
    return this.held.size
  }

  /** Characters of what the client sent and the process keeps for it. */
  get characters(): number {
    let sum = 0
    for (const characters of this.held.values()) sum += characters
    return sum
  }

  /** @param onExpiry called once, when the credentials have expired */
  enter(session: Session, nowMs: number, onExpiry: () => void): void {
    this.session = session
    if (session.expiresMs === null || this.gone.aborted) return
    const leftMs = Math.min(session.expiresMs - nowMs, LONGEST_TIMER_MS)
    this.expiry = setTimeout(onExpiry, leftMs)
  }

  /** @throws Error before `enter` */
  get entered(): Session {
    if (this.session === null) throw new Error('the connection was not initialised')
    return this.session
  }

  hold(request: object, characters: number): void {
    this.held.set(request, characters)
  }

  release(request: object): void {
    this.held.delete(request)
  }

  /** For one operation: aborted when the client has gone; to be aborted when the operation has ended. */
  begin(): AbortController {
    const ending = new AbortController()
    this.running.add(ending)
    ending.signal.addEventListener('abort', () => this.running.delete(ending), { once: true })
    if (this.gone.aborted) ending.abort()
    return ending
  }

  /** Ends all that it has under way. */
  leave(): void {
    this.leaving.abort()
    clearTimeout(this.expiry)
    for (const ending of this.running) ending.abort()
  }
}
