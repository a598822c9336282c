import { GraphQLError } from 'graphql'
import { BadInput } from '../tasks/bad-input'
import type { GraphContext } from '../graphql/context'
import { DatabaseInstance } from '../graphql/schema/task.interface'
import { checkInstanceId } from '../graphql/schema/inputs'
import { loadTask } from '../graphql/resolvers/task.resolver'
import type { TaskProvider } from '../tasks/task'

/** What a router sends for an object that it wants fields of. */
type Representation = Readonly<Record<string, unknown>>

type Resolve = (id: string, context: GraphContext) => Promise<object | null> | object | null

const RESOLVERS: Readonly<Record<string, Resolve>> = {
  Task: (id, context) => loadTask(context, id),
  DatabaseInstance: findInstance,
}

/** @throws GraphQLError where the caller may not ask what only a router asks */
export function checkRouter({ isRouter }: GraphContext): void {
  if (!isRouter)
    throw new GraphQLError('Only the router may ask this: the header x-router-secret is missing or wrong', {
      extensions: { code: 'FORBIDDEN' },
    })
}

/** `_entities`: each representation in its place, so that one that is wrong leaves the others. */
export function resolveReferences(
  representations: readonly unknown[],
  context: GraphContext,
): readonly unknown[] {
  return representations.map((representation) => {
    try {
      return resolve(representation, context)
    } catch (error) {
      return error
    }
  })
}

/** @throws BadInput, SourceUnavailable */
function resolve(representation: unknown, context: GraphContext): ReturnType<Resolve> {
  const { __typename: type, id } = isRepresentation(representation) ? representation : {}
  const resolver = typeof type === 'string' ? resolverOf(type, context) : undefined
  if (resolver === undefined)
    throw new BadInput(
      'representations',
      `representations: __typename ${quote(type)} is no entity of this subgraph`,
    )
  if (typeof id !== 'string')
    throw new BadInput('representations', `representations: ${String(type)} needs its key field id, as text`)
  return resolver(id, context)
}

function resolverOf(type: string, { views }: GraphContext): Resolve | undefined {
  if (Object.hasOwn(RESOLVERS, type)) return RESOLVERS[type]
  const view = views.find(({ typename }) => typename === type)
  return view && ((id, context) => loadTaskOf(view.provider, id, context))
}

function loadTaskOf(provider: TaskProvider, id: string, context: GraphContext): Promise<object | null> {
  const { source } = context.core.readId(id, 'id')
  if (source.provider !== provider)
    throw new BadInput('id', `id ${quote(id)} is the id of a task of another product, ${source.provider}`)
  return loadTask(context, id)
}

/** Null where the id does not tell the product. */
function findInstance(id: string, { ownerOf }: GraphContext): DatabaseInstance | null {
  checkInstanceId('id', id)
  const provider = ownerOf(id)
  return provider === null ? null : new DatabaseInstance(id, provider)
}

function isRepresentation(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : typeof value
}
