import { print, type TypedQueryDocumentNode } from 'graphql'

/** The data of one operation, typed by its document. @throws Error where the answer has errors */
export async function request<Data, Variables>(
  url: string,
  document: TypedQueryDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: print(document), variables }),
  })
  const { data, errors } = (await answer.json()) as { data: Data; errors?: readonly { message: string }[] }
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return data
}
