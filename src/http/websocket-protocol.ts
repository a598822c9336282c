import { GraphQLError, type ExecutionArgs } from 'graphql'
import { CloseCode, makeServer, type Server, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { Forbidden, Unauthenticated, type Authenticate, type Session } from '../auth/authenticate'
import type { GraphContext, RequestFacts } from '../graphql/context'
import { Operation } from '../graphql/pipeline/websocket-operation'
import type { Operations } from '../graphql/pipeline/operations'
import type { LiveClient } from './websocket-client'

export interface LiveProtocolOptions {
  readonly operations: Operations
  readonly authenticate: Authenticate
  readonly createContext: (
    signal: AbortSignal,
    session: Session,
    address: string,
    request: RequestFacts,
  ) => GraphContext
  readonly maxOperations: number
  readonly now: () => number
  readonly report: ProtocolReport
}

/** Told of what a connection does. */
export interface ProtocolReport {
  /** An operation was begun (+1), or has ended (−1). */
  operations(change: 1 | -1): void
  /** A result was handed to the socket. */
  result(): void
}

/** What the protocol is to a socket. */
export type LiveProtocol = Server<LiveSession>

export interface LiveSession {
  readonly client: LiveClient
  close(code: number, reason: string): void
}

type Hooks = ServerOptions<Record<string, unknown>, LiveSession>
/** What the process keeps of one client's operations, in characters; as much as four messages. */
const MAX_CHARACTERS = 2 ** 20

/** graphql-transport-ws over our own operations, callers and limits. */
export function createLiveProtocol(options: LiveProtocolOptions): LiveProtocol {
  const { operations, createContext, report } = options
  const open = (client: LiveClient, id: string, payload: SubscribePayload): Operation => {
    const ending = client.begin()
    const context = createContext(ending.signal, client.entered, client.address, client.factsOf(id))
    return operations.open(payload, context, ending)
  }
  return makeServer<Record<string, unknown>, LiveSession>({
    onConnect: (connection) => enter(connection, options),
    async onSubscribe({ extra: { client } }, id, payload) {
      const characters = JSON.stringify(payload).length
      const refusal = limitOf(client, characters, options.maxOperations)
      const operation = open(client, id, payload)
      if (refusal !== null) return [...(await operation.refuse([refusal]))]
      // Before anything is awaited, so that the next operation finds it counted.
      client.hold(payload, { operation, characters })
      const prepared = await operation.prepare()
      if ('document' in prepared) {
        report.operations(1)
        return { ...prepared, contextValue: operation }
      }
      client.release(payload)
      return [...prepared]
    },
    execute: (args) => operationOf(args).execute(args),
    subscribe: (args) => operationOf(args).subscribe(args),
    onNext(_connection, _id, _payload, args, result) {
      report.result()
      return operationOf(args).tell(result)
    },
    onError({ extra: { client } }, _id, payload, errors) {
      const told = errors.filter((error) => error instanceof GraphQLError)
      return [...(client.operationOf(payload)?.tellFailure(told) ?? operations.format(told))]
    },
    async onComplete({ extra: { client } }, _id, payload) {
      const operation = client.operationOf(payload)
      client.release(payload)
      report.operations(-1)
      await operation?.end()
    },
  })
}

/** False closes with 4403. */
async function enter(
  { connectionParams = {}, extra }: Parameters<NonNullable<Hooks['onConnect']>>[0],
  { authenticate, now }: LiveProtocolOptions,
): Promise<boolean> {
  try {
    const session = await authenticate(credentialsOf(connectionParams))
    extra.client.enter(session, now(), (what) => {
      extra.close(CloseCode.Forbidden, `The credentials have ${what}`)
    })
    return true
  } catch (error) {
    if (error instanceof Unauthenticated || error instanceof Forbidden) return false
    throw error
  }
}

function credentialsOf(payload: Readonly<Record<string, unknown>>) {
  const text = (...names: readonly string[]) =>
    names.map((name) => payload[name]).find((value) => typeof value === 'string')
  return { authorization: text('authorization', 'Authorization'), apiKey: text('x-api-key', 'apiKey') }
}

function limitOf(client: LiveClient, characters: number, maxOperations: number): GraphQLError | null {
  if (client.operations >= maxOperations)
    return overLimit(`${maxOperations} operations are open on this connection, which is the most it may have`)
  if (client.characters + characters > MAX_CHARACTERS)
    return overLimit(
      `the operations open on this connection would be longer than ${MAX_CHARACTERS} characters together`,
    )
  return null
}

function overLimit(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })
}

function operationOf({ contextValue }: ExecutionArgs): Operation {
  if (contextValue instanceof Operation) return contextValue
  throw new Error('something is executed that is no operation of a client')
}
