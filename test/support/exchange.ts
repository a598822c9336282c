/** An answer to the letter. */
export interface Letter {
  readonly status: number
  readonly contentType: string | null
  readonly headers: Headers
  readonly text: string
}

/** A GraphQL request as it is sent. */
export interface Request {
  readonly query: string
  readonly variables?: object
  readonly operationName?: string
}

/** @param body text as it is, anything else as JSON */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
): Promise<Letter> {
  return letterOf(
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal,
    }),
  )
}

/** The same question by GET, which is executed each time. */
export async function get(
  url: string,
  { query, variables, operationName }: Request,
  headers: Record<string, string> = {},
): Promise<Letter> {
  const parameters = new URLSearchParams({
    query,
    ...(variables !== undefined && { variables: JSON.stringify(variables) }),
    ...(operationName !== undefined && { operationName }),
  })
  const preflighted = { 'apollo-require-preflight': '1', ...headers }
  return letterOf(await fetch(`${url}/graphql?${parameters.toString()}`, { headers: preflighted }))
}

async function letterOf(answer: Response): Promise<Letter> {
  const { status, headers } = answer
  return { status, contentType: headers.get('content-type'), headers, text: await answer.text() }
}

/** @throws Error where it has not come true for long */
export async function until(condition: () => boolean): Promise<void> {
  const sinceMs = performance.now()
  while (!condition()) {
    if (performance.now() - sinceMs > 10_000) throw new Error('what was waited for did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
