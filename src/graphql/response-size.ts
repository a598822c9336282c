import { getNamedType, GraphQLError, isLeafType, isNonNullType, type GraphQLFieldResolver } from 'graphql'
import { isRecord } from '../lib/is-record'
import { exceeded } from './refusal'

/** Quotation marks, colon and comma around the name and the value of a field. */
const FRAME_BYTES = 6
/** A date, or a number, at most. */
const OTHER_BYTES = 26
/** Sent as it is: one byte a character, and nothing escaped. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/

/** Its path keeps graphql-js from making another one of it for each field. */
const EXCEEDED = new GraphQLError('the response is too large', {
  path: [],
  extensions: { code: 'QUERY_TOO_COSTLY' },
})

/** Bounds the bytes of a response while it is built. */
export class ResponseSize {
  private bytes = 0
  /** Of JSON values that were seen before: each is serialized once for this, however many fields show it. */
  private objects: Map<object, number> | null = null

  constructor(readonly limit: number) {}

  get isExceeded(): boolean {
    return this.bytes > this.limit
  }

  /**
   * Counts a field.
   * @param value null if it is an object of the schema, whose fields are counted
   * @returns false if the limit is exceeded, and the field must be left out
   */
  take(key: string | number, value: unknown): boolean {
    this.bytes += String(key).length + FRAME_BYTES + this.bytesOf(value)
    return !this.isExceeded
  }

  /** What the client gets in place of the response. */
  refusal(): GraphQLError {
    const { limit } = this
    return exceeded(
      'answer_bytes',
      `The response is larger than ${limit} bytes, the most that are allowed (TASK_GATEWAY_MAX_ANSWER_BYTES): ask for smaller pages, fewer fields or fewer aliases`,
      { limit },
    )
  }

  private bytesOf(value: unknown): number {
    if (typeof value === 'string') return PLAIN_TEXT.test(value) ? value.length : jsonBytes(value)
    if (!isJson(value)) return OTHER_BYTES
    this.objects ??= new Map()
    const known = this.objects.get(value) ?? jsonBytes(value)
    this.objects.set(value, known)
    return known
  }
}

/**
 * Resolves every field without a resolver of its own: each is a property of our objects. Once the limit is exceeded,
 * they are left out, since nothing of the response will be sent.
 */
export const readProperty: GraphQLFieldResolver<unknown, { readonly size: ResponseSize }> = (
  source,
  _args,
  { size },
  { fieldName, path, returnType },
) => {
  if (!size.isExceeded) {
    const value = isRecord(source) ? source[fieldName] : undefined
    const isShown = typeof value !== 'object' || isLeafType(getNamedType(returnType))
    if (size.take(path.key, isShown ? value : null)) return value
  }
  if (isNonNullType(returnType)) throw EXCEEDED
  return null
}

/** Resolves the type of an object that says it by itself. */
export function typenameOf({ __typename }: { readonly __typename: string }): string {
  return __typename
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function isJson(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Promise)
  )
}
