import {
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { GraphContext } from '../context'
import { withDeadline } from './deadline'
import type { ReadDocument } from './documents'
import { streamEvents, type ResultStream } from './event-stream'
import { findOperation, type OperationRequest } from './select-operation'
import type { Admission } from './admission'
import { coerceVariables, isWrong } from './coerce-variables'
import { AnswerTally, nameOf, type ReportRequest } from './operation-report'
import { runPart } from './event-context'
import { runOperation } from './run-operation'

/** As graphql-ws hands it on. */
type Result = { readonly [Part in keyof ExecutionResult]: ExecutionResult[Part] | undefined }

/** What every operation is run with. */
export interface OperationTools {
  readonly schema: GraphQLSchema
  /** Hides from errors what the schema has of similar names. */
  readonly production: boolean
  readonly readDocument: ReadDocument
  readonly admission: Pick<Admission, 'admit' | 'settle'>
  /** How long a query, or one event of a subscription, may wait on the upstreams. */
  readonly deadlineMs: number
  readonly now: () => number
  readonly reportRequest: ReportRequest
  /** Errors as the client may see them. */
  readonly format: (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[]
}

/** One operation over a connection, from the message that asks for it to its end, which is reported. */
export class Operation {
  private readonly answers = new AnswerTally()
  private node: OperationDefinitionNode | undefined
  /** The answer to a query, until it is told. */
  private untold: ExecutionResult | null = null

  /**
   * @param context shared by all that the operation does; its signal is that of `ending`
   * @param ending aborted by whoever has enough, and when the operation has ended
   */
  constructor(
    private readonly request: OperationRequest,
    private readonly context: GraphContext,
    private readonly ending: AbortController,
    private readonly tools: OperationTools,
  ) {}

  /** What to execute; or why not, and then the operation has ended. */
  async prepare(): Promise<ExecutionArgs | readonly GraphQLError[]> {
    try {
      const prepared = await this.read()
      return 'document' in prepared ? prepared : await this.refuse(prepared)
    } catch (error) {
      await this.refuse([new GraphQLError('', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })])
      throw error
    }
  }

  /** Ends an operation that does not run; returns why. */
  async refuse(errors: readonly GraphQLError[]): Promise<readonly GraphQLError[]> {
    this.answers.add({ errors })
    await this.end()
    return errors
  }

  async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    try {
      this.untold = await this.run(args)
      return this.untold
    } finally {
      this.ending.abort()
    }
  }

  subscribe(args: ExecutionArgs): ResultStream {
    return streamEvents(args, this.context, this.ending, (event) => this.run(event))
  }

  /** A result as the client may see it, which it is told now. */
  tell({ data, errors, extensions }: Result): FormattedExecutionResult {
    this.untold = null
    const told = {
      ...(data !== undefined && { data }),
      ...(errors && { errors: this.tools.format(errors) }),
      ...(extensions && { extensions }),
    }
    this.answers.add(told)
    return told
  }

  /** What has ended the operation, as the client may see it, which it is told now. */
  tellFailure(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] {
    const told = this.tools.format(errors)
    this.answers.add({ errors: told })
    return told
  }

  /** To be called once, whatever became of an operation that was prepared. */
  async end(): Promise<void> {
    this.ending.abort()
    // Whoever has left is not told; what became of it is reported as by HTTP.
    if (this.untold !== null) this.tell(this.untold)
    const { kind, name } = nameOf(this.node)
    if (kind === 'query') await this.tools.admission.settle(this.context)
    this.tools.reportRequest(
      {
        transport: 'websocket',
        kind,
        name,
        ...this.answers.sum(),
        durationMs: this.tools.now() - this.context.cameMs,
        events: kind === 'subscription' ? this.answers.count : null,
      },
      this.context,
    )
  }

  private async read(): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { schema, production, readDocument, admission } = this.tools
    const found = findOperation(this.request, readDocument)
    if (!('document' in found)) return found
    this.node = found.operation
    const { operationName = null, variables = null } = this.request
    const operation = { schema, ...found, variables: variables ?? {} }
    const coerced = coerceVariables(operation, production)
    if (isWrong(coerced)) return coerced
    const refused = await refusalOf(() => admission.admit(operation, coerced, this.context))
    if (refused !== null) return [refused]
    return {
      schema,
      document: found.document,
      operationName,
      variableValues: variables,
    }
  }

  private run(args: ExecutionArgs): Promise<ExecutionResult> {
    const { deadlineMs, now } = this.tools
    return withDeadline(this.ending.signal, deadlineMs, (signal) =>
      runPart(this.context, { signal, deadlineMs: now() + deadlineMs }, (part) => runOperation(args, part)),
    )
  }
}

async function refusalOf(admit: () => Promise<void>): Promise<GraphQLError | null> {
  try {
    await admit()
    return null
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}
