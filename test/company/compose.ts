import { composeServices as composeAsApollo } from '@apollo/composition'
import { composeServices as composeAsHive } from '@theguild/federation-composition'
import { parse } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A part of the company graph: its SDL, and where it is served. */
export interface Part {
  readonly name: string
  readonly url: string
  readonly sdl: string
}

interface Composed {
  /** Null where the parts do not fit together. */
  readonly supergraph: string | null
  /** Errors and hints, as texts. */
  readonly complaints: readonly string[]
}

/** What both makers of supergraphs say of the same parts. */
export const COMPOSERS = {
  '@apollo/composition'(parts: readonly Part[]): Composed {
    const { supergraphSdl, errors = [], hints = [] } = composeAsApollo(parts.map(parsed))
    return {
      supergraph: supergraphSdl ?? null,
      complaints: [...errors.map(({ message }) => message), ...hints.map(String)],
    }
  },
  '@theguild/federation-composition'(parts: readonly Part[]): Composed {
    const { supergraphSdl, errors = [] } = composeAsHive(parts.map(parsed))
    return { supergraph: supergraphSdl ?? null, complaints: errors.map(({ message }) => message) }
  },
} as const

/** The SDL of a part that this folder has. */
export function companySdl(name: 'inventory' | 'tickets' | 'relay'): string {
  return readFileSync(join(__dirname, `${name}.graphql`), 'utf8')
}

function parsed({ name, url, sdl }: Part) {
  return { name, url, typeDefs: parse(sdl) }
}
