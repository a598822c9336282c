import { buildSchema, findBreakingChanges, type GraphQLSchema } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSubgraph } from '../src/federation/subgraph'
import { version } from '../package.json'

const released = readFileSync(join(__dirname, '..', 'schema', 'released.graphql'), 'utf8')
const [, releasedVersion = ''] = /^# Version (.+)$/m.exec(released) ?? []

/** The part of a version that says that something breaks: the major one, and the minor one too below 1.0. */
function breakingPart(text: string): string {
  return /^(0\.\d+|[1-9]\d*)\./.exec(text)?.[1] ?? text
}

/** What clients of the last release would trip over, as texts; none where the version says so. */
function unannounced(
  before: GraphQLSchema,
  after: GraphQLSchema,
  from: string,
  to: string,
): readonly string[] {
  if (breakingPart(from) !== breakingPart(to)) return []
  return findBreakingChanges(before, after).map(({ description }) => description)
}

describe('a change of the schema', () => {
  it('breaks nobody who uses what the last release served, unless the version says so', () => {
    const served = buildSchema(buildSubgraph().plainSdl)
    expect(unannounced(buildSchema(released), served, releasedVersion, version)).toEqual([])
  })

  const before = buildSchema('type Query { task(id: ID!): String, gone: String }')
  it.each([
    ['1.4.0', '1.5.0', ['Query.gone was removed.']],
    ['0.1.0', '0.1.1', ['Query.gone was removed.']],
    ['0.1.0', '0.2.0', []],
    ['0.9.0', '1.0.0', []],
    ['1.4.0', '2.0.0', []],
  ])('that takes something away is told from %s to %s: %j', (from, to, told) => {
    const after = buildSchema('type Query { task(id: ID!, region: String): String }')
    expect(unannounced(before, after, from, to)).toEqual(told)
  })
})
