import { codegen } from '@graphql-codegen/core'
import * as documents from '@graphql-codegen/typed-document-node'
import * as operations from '@graphql-codegen/typescript-operations'
import { parse } from 'graphql'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(process.cwd(), 'test', 'client')
/** What `npm run client` writes. */
export const GENERATED = join(ROOT, 'generated.ts')

/** The types of the frontend's operations, as the published schema has them. */
export function generate(): Promise<string> {
  return codegen({
    filename: GENERATED,
    schema: parse(readFileSync(join(ROOT, '..', '..', 'schema', 'schema.graphql'), 'utf8')),
    documents: readdirSync(join(ROOT, 'operations')).map((name) => ({
      location: name,
      document: parse(readFileSync(join(ROOT, 'operations', name), 'utf8')),
    })),
    config: {
      avoidOptionals: { field: true },
      documentNodeImport: 'graphql#TypedQueryDocumentNode',
      enumsAsTypes: true,
      immutableTypes: true,
      scalars: { DateTime: 'string', JSON: 'unknown' },
      skipTypename: true,
      strictScalars: true,
      useTypeImports: true,
    },
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations, documents },
  })
}
