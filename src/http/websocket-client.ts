import type { Session } from '../auth/authenticate'
import type { RequestFacts } from '../graphql/context'
import type { WebSocketOperation } from '../graphql/pipeline/websocket-operation'

/** A longer timer would run out at once; a connection that has lasted for it is closed as well. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Of what a client calls an operation; graphql-ws takes a UUID. */
const ID_CHARACTERS = 64

/** An operation under way, and how many characters of what the client sent are kept for it. */
interface Held {
  readonly operation: WebSocketOperation
  readonly characters: number
}

/** The client of a WebSocket, and its operations. */
export class WebSocketClient {
  private session: Session | null = null
  private expiry: NodeJS.Timeout | undefined
  private unwatch: () => void = () => undefined
  private readonly leaving = new AbortController()
  private readonly running = new Set<AbortController>()
  private readonly held = new Map<object, Held>()

  /** @param upgrade the request that has opened the connection */
  constructor(
    readonly address: string,
    private readonly upgrade: RequestFacts,
  ) {}

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
    for (const { characters } of this.held.values()) sum += characters
    return sum
  }

  /** @param onEnd called with what has become of the credentials, when they hold no more */
  enter(session: Session, nowMs: number, onEnd: (what: 'expired' | 'been withdrawn') => void): void {
    this.session = session
    if (this.gone.aborted) return
    if (session.expiresMs !== null) {
      const leftMs = Math.min(session.expiresMs - nowMs, LONGEST_TIMER_MS)
      this.expiry = setTimeout(() => onEnd('expired'), leftMs)
    }
    if (session.onWithdrawal) this.unwatch = session.onWithdrawal(() => onEnd('been withdrawn'))
  }

  /** @throws Error before `enter` */
  get entered(): Session {
    if (this.session === null) throw new Error('the connection was not initialised')
    return this.session
  }

  /** How its operation of that id is known. */
  factsOf(id: string): RequestFacts {
    // By bytes, as half of a surrogate pair cannot be escaped.
    const text = Buffer.from(id.slice(0, ID_CHARACTERS)).toString()
    return { ...this.upgrade, id: `${this.upgrade.id}/${encodeURIComponent(text)}` }
  }

  hold(request: object, held: Held): void {
    this.held.set(request, held)
  }

  /** Returns the operation that was held for the request. */
  release(request: object): WebSocketOperation | undefined {
    const operation = this.held.get(request)?.operation
    this.held.delete(request)
    return operation
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
    this.unwatch()
    for (const ending of this.running) ending.abort()
  }
}
