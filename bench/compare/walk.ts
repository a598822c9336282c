import { request } from 'undici'

const QUERY = `query ($first: Int, $after: String) { tasks(first: $first, after: $after) {
  nodes { taskId } pageInfo { endCursor hasNextPage } } }`

interface Page {
  readonly data: { readonly tasks: { readonly pageInfo: { readonly endCursor: string } } }
}

/** Walks from the newest task on, and returns where the page of this number begins; null for the first one. */
export async function lastCursorBefore(url: string, first: number, depth: number): Promise<string | null> {
  let after: string | null = null
  for (let page = 1; page < depth; page++) after = (await ask(url, first, after)).endCursor
  return after
}

async function ask(url: string, first: number, after: string | null) {
  const { body } = await request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables: { first, after } }),
  })
  return ((await body.json()) as Page).data.tasks.pageInfo
}
