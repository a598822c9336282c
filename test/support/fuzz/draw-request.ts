import type { GraphQLSchema } from 'graphql'
import type { Dice } from './dice'
import { drawOperation } from './draw-operation'
import { mutateText } from './mutate'

export interface FuzzRequest {
  readonly kind: 'valid' | 'text' | 'envelope'
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

const JSON_TYPE = { 'content-type': 'application/json' }
const ODD_VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  '',
  'x',
  true,
  [],
  [[]],
  {},
  { a: { b: [{}] } },
  '\u0000',
]
const KEYS = [
  'query',
  'variables',
  'operationName',
  'extensions',
  '__proto__',
  'constructor',
  'id',
  'documentId',
]
const TYPES = [
  'text/plain',
  'application/graphql',
  'application/json; charset=utf-16',
  'multipart/form-data',
  '',
]
const ACCEPTS = ['application/json', 'application/graphql-response+json', 'text/html', '*/*', '', 'a/b;q=x']
const METHODS = ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'POST']

/** A third each: operations of the schema, changed ones, and changed requests around them. */
export function drawRequest(schema: GraphQLSchema, dice: Dice): FuzzRequest {
  const query = drawOperation(schema, dice)
  const post = { path: '/graphql', method: 'POST', headers: JSON_TYPE }
  switch (dice.below(3)) {
    case 0:
      return { kind: 'valid', ...post, body: JSON.stringify({ query }) }
    case 1:
      return { kind: 'text', ...post, body: JSON.stringify({ query: mutateText(query, dice) }) }
    default:
      return { kind: 'envelope', ...drawEnvelope(query, dice) }
  }
}

function drawEnvelope(query: string, dice: Dice): Omit<FuzzRequest, 'kind'> {
  const method = dice.chance(0.7) ? 'POST' : dice.pick(METHODS)
  const guard = dice.chance(0.8) ? { 'apollo-require-preflight': '1' } : {}
  const type = dice.chance(0.8) ? JSON_TYPE : { 'content-type': dice.pick(TYPES) }
  const headers = { ...guard, ...type, accept: dice.pick(ACCEPTS) }
  const search = new URLSearchParams(
    Object.entries(drawBody(query, dice)).map(([key, value]): [string, string] => [key, textOf(value)]),
  )
  if (method === 'GET' || method === 'HEAD')
    return { path: `/graphql?${search.toString()}`, method, headers, body: null }
  const json = JSON.stringify(drawBody(query, dice))
  return { path: '/graphql', method, headers, body: dice.chance(0.5) ? mutateText(json, dice) : json }
}

/** Keys left out, added, and of the wrong type. */
function drawBody(query: string, dice: Dice): Readonly<Record<string, unknown>> {
  const body = new Map<string, unknown>(dice.chance(0.9) ? [['query', query]] : [])
  for (let left = dice.below(3); left > 0; left--) body.set(dice.pick(KEYS), dice.pick(ODD_VALUES))
  return Object.fromEntries(body)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
