import { type GraphQLError, type GraphQLSchema, parse } from 'graphql'
import { CloseCode, makeServer, type Server, type ServerOptions } from 'graphql-ws'
import {
  AuthenticationUnavailable,
  Forbidden,
  Unauthenticated,
  type Authenticate,
  type Session,
} from '../auth/authenticate'
import { type CreateContext, type RequestFacts, payerOf } from '../graphql/context'
import {
  OperationRefused,
  type OperationTools,
  SentResult,
  WebSocketOperation,
} from '../graphql/pipeline/websocket-operation'
import { exceeded, overloaded } from '../graphql/refusal'
import type { LoadShedding } from './load-shedding'

export interface ProtocolOptions extends OperationTools {
  readonly schema: GraphQLSchema
  readonly authenticate: Authenticate
  readonly loadShedding: LoadShedding
  readonly createContext: CreateContext
  /** Open at once on one connection. */
  readonly maxOperations: number
  readonly report: ProtocolReport
}

/** Counts what a connection does. */
export interface ProtocolReport {
  /** An operation was started (+1), or has ended (−1). */
  operations(change: 1 | -1): void
  /** A result was handed to the socket. */
  result(): void
}

/** What the protocol is to a socket. */
export type Protocol = Server<Connection>

export interface Connection {
  readonly client: WebSocketClient
  close(code: number, reason: string): void
  /** Counts the connection as the caller's; false if it is closed because there are too many. */
  admit(caller: string): boolean
}

type Hooks = ServerOptions<Record<string, unknown>, Connection>

/** What the process keeps of one client's operations, in characters; as much as four messages. */
const MAX_CHARACTERS = 2 ** 20
/** graphql-ws wants to know what it executes. The pipeline reads the client's own text. */
const NOT_READ = parse('{ __typename }')

/** graphql-transport-ws in front of the pipeline. */
export function createProtocol(options: ProtocolOptions): Protocol {
  const { graph, schema, loadShedding, createContext, report, maxOperations } = options
  return makeServer<Record<string, unknown>, Connection>({
    onConnect: (connection) => enter(connection, options),
    onSubscribe({ extra: { client } }, id, payload) {
      const characters = JSON.stringify(payload).length
      const problem = limitOf(client, characters, maxOperations)
      if (problem !== null) return [problem]
      if (loadShedding.isOverloaded()) return [overloaded()]
      const ending = client.begin()
      const context = createContext(ending.signal, client.entered, client.address, client.factsOf(id))
      const operation = new WebSocketOperation(payload, context, ending, loadShedding.inFlight, options)
      // Before anything is awaited, so that the next operation finds it counted.
      client.hold(payload, { operation, characters })
      report.operations(1)
      return { schema, document: NOT_READ, contextValue: operation }
    },
    execute: ({ contextValue }) => operationOf(contextValue).results(),
    onNext(_connection, _id, _payload, _args, result) {
      report.result()
      return result instanceof SentResult ? result.formatted : undefined
    },
    onError: (_connection, _id, _payload, errors) =>
      errors.flatMap((error) =>
        error.originalError instanceof OperationRefused
          ? error.originalError.errors
          : graph.formatErrors([error]),
      ),
    onComplete({ extra: { client } }, _id, payload) {
      const operation = client.release(payload)
      report.operations(-1)
      operation?.end()
    },
  })
}

const TRY_AGAIN_LATER = 1013

/** False closes with 4403, where nothing was closed before. */
async function enter(
  { connectionParams = {}, extra }: Parameters<NonNullable<Hooks['onConnect']>>[0],
  { authenticate, now }: ProtocolOptions,
): Promise<boolean> {
  try {
    const session = await authenticate(credentialsOf(connectionParams))
    // Who has gone meanwhile holds nothing.
    if (extra.client.gone.aborted) return false
    if (!extra.admit(payerOf(session.caller, extra.client.address))) return false
    extra.client.enter(session, now(), (what) => {
      extra.close(CloseCode.Forbidden, `The credentials have ${what}`)
    })
    return true
  } catch (error) {
    if (error instanceof Unauthenticated || error instanceof Forbidden) return false
    if (!(error instanceof AuthenticationUnavailable)) throw error
    extra.close(TRY_AGAIN_LATER, error.message)
    return false
  }
}

function credentialsOf(payload: Readonly<Record<string, unknown>>) {
  const text = (...names: readonly string[]) =>
    names.map((name) => payload[name]).find((value) => typeof value === 'string')
  return { authorization: text('authorization', 'Authorization'), apiKey: text('x-api-key', 'apiKey') }
}

function limitOf(client: WebSocketClient, characters: number, maxOperations: number): GraphQLError | null {
  if (client.operations >= maxOperations)
    return exceeded(
      'operations',
      `${maxOperations} operations are open on this connection, which is the most it may have`,
    )
  if (client.characters + characters > MAX_CHARACTERS)
    return exceeded(
      'operation_characters',
      `the operations open on this connection would be longer than ${MAX_CHARACTERS} characters together`,
    )
  return null
}

function operationOf(contextValue: unknown): WebSocketOperation {
  if (contextValue instanceof WebSocketOperation) return contextValue
  throw new Error('something is executed that is no operation of a client')
}

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
