const CAUSES = 5
const TEXT_CHARACTERS = 4000
/** What may be told of an error. A list of what is allowed: clients hang requests, headers and bodies on theirs. */
const FACTS = ['code', 'upstreamCode', 'requestId', 'retryable', 'retryAfterMs', 'syscall', 'address', 'port']

/** An error as an object for the log: what it says and where it comes from, cut to a bearable length. */
export function serializeError(error: unknown): unknown {
  return serialize(error, CAUSES)
}

function serialize(error: unknown, causes: number): unknown {
  if (typeof error !== 'object' || error === null) return cut(String(error))
  const facts = FACTS.map((name) => [name, read(error, name)] as const).filter(([, value]) => isPlain(value))
  const cause = read(error, 'cause')
  const errors = read(error, 'errors')
  return {
    type: cut(read(error, 'name')),
    message: cut(read(error, 'message')),
    stack: cut(read(error, 'stack')),
    ...Object.fromEntries(facts),
    ...(cause !== undefined && causes > 0 && { cause: serialize(cause, causes - 1) }),
    ...(Array.isArray(errors) &&
      causes > 0 && { errors: errors.slice(0, CAUSES).map((each) => serialize(each, 0)) }),
  }
}

function read(error: object, name: string): unknown {
  return Reflect.get(error, name)
}

function cut(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, TEXT_CHARACTERS) : undefined
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}
