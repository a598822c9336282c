import { GraphQLError, Kind, parse, type DocumentNode } from 'graphql'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from './environment'

/** A file of operations that may run. */
export interface TrustedDocument {
  /** Its path in the folder. */
  readonly file: string
  readonly document: DocumentNode
}

const NAME = 'TASK_GATEWAY_TRUSTED_DOCUMENTS'

/** The documents of the folder; null where none is set, and any document may run. */
export async function parseTrustedDocuments(
  environment: Environment,
): Promise<readonly TrustedDocument[] | null> {
  const folder = environment.text(NAME)
  if (folder === null) return null
  const files = await listFiles(folder)
  if (files === null) environment.refuse(NAME, 'it must be a folder that can be read')
  else if (files.length === 0) environment.refuse(NAME, 'it has no file that ends in .graphql')
  const documents: TrustedDocument[] = []
  for (const file of files ?? []) {
    const document = await readDocument(join(folder, file))
    if (typeof document === 'string') environment.problems.push(documentProblem(file, document))
    else documents.push({ file, document })
  }
  return documents
}

/** What is wrong with a file of the folder. */
export function documentProblem(file: string, reason: string): string {
  return `${NAME}: ${file}: ${reason}`
}

async function listFiles(folder: string): Promise<readonly string[] | null> {
  try {
    const names = await readdir(folder, { recursive: true })
    return names.filter((name) => name.endsWith('.graphql')).sort()
  } catch {
    return null
  }
}

/** The document, or why there is none. */
async function readDocument(path: string): Promise<DocumentNode | string> {
  try {
    const document = parse(await readFile(path, 'utf8'))
    const hasOperation = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    return hasOperation ? document : 'it has no operation'
  } catch (error) {
    return error instanceof GraphQLError ? error.message : 'it cannot be read'
  }
}
