import { parseBeijingTime } from '../../tencent/time'
import { ApiError } from './api-error'
import { normalId, type RowId } from './row'

/** What a parameter must be; the words of the cloud's own messages. */
export type ParameterType = 'string' | 'int64' | 'uint64' | 'array of int64'

/** The parameters of a request, each known by name and of its type. */
export class Parameters {
  private readonly values: Readonly<Record<string, unknown>>

  /** @throws ApiError for a body that is no object, an unknown name or a wrong type */
  constructor(
    given: unknown,
    types: Readonly<Record<string, ParameterType>>,
    private readonly emptyText: 'absent' | 'error',
  ) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new ApiError('InvalidParameter', 'The request body is not a JSON object.')
    }
    this.values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
    for (const [name, value] of Object.entries(this.values)) check(name, value, types)
  }

  /** Null when it is not given. */
  text(name: string): string | null {
    const value = this.values[name]
    if (typeof value !== 'string') return null
    if (value !== '') return value
    if (this.emptyText === 'absent') return null
    throw new ApiError(
      'InvalidParameterValue',
      `The value \`\` specified in the parameter \`${name}\` is not valid.`,
    )
  }

  id(name: string): RowId | null {
    const value = this.values[name]
    return typeof value === 'number' || typeof value === 'bigint' ? normalId(value) : null
  }

  /** Beyond 2^53 an amount need not be exact: no list is that long. */
  amount(name: string, absent: number): number {
    const value = this.id(name)
    return value === null ? absent : Number(value)
  }

  /** Null when it is not given or empty, which is the same to the cloud. */
  amounts(name: string): readonly number[] | null {
    const value = this.values[name]
    return Array.isArray(value) && value.length > 0 ? value.map(Number) : null
  }

  /**
   * Unix seconds, or null when it is not given.
   * @throws ApiError with the given code when it is no such time
   */
  second(name: string, code: string): number | null {
    const text = this.text(name)
    if (text === null) return null
    const second = parseBeijingTime(text)
    if (second !== null) return second
    throw new ApiError(
      code,
      `The ${name} parameter value is invalid and should meet the rule: [yyyy-MM-dd HH:mm:ss]`,
    )
  }
}

function check(name: string, value: unknown, types: Readonly<Record<string, ParameterType>>): void {
  const type = Object.hasOwn(types, name) ? types[name] : undefined
  if (type === undefined) {
    throw new ApiError('UnknownParameter', `The parameter \`${name}\` is not recognized.`)
  }
  if (isOf(type, value)) return
  const wrong =
    type === 'array of int64' && Array.isArray(value)
      ? `${name}.${value.findIndex((one) => !isOf('int64', one))}`
      : name
  throw new ApiError(
    'InvalidParameter',
    `The value type of parameter \`${wrong}\` is not valid, input type should be \`${wrong === name ? type : 'int64'}\``,
  )
}

function isOf(type: ParameterType, value: unknown): boolean {
  if (type === 'string') return typeof value === 'string'
  if (type === 'array of int64') return Array.isArray(value) && value.every((one) => isOf('int64', one))
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return false
  const integer = BigInt(String(value))
  return type === 'int64' ? BigInt.asIntN(64, integer) === integer : BigInt.asUintN(64, integer) === integer
}
