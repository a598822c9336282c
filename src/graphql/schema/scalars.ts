import { GraphQLScalarType } from 'graphql'
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars'

/** An instant, written in UTC. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description:
    'An instant as ISO 8601 text in UTC, such as 2024-09-27T05:14:11.000Z. Upstream times have one second of resolution.',
})

/** Any JSON value. */
export const JsonValue = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value. Integers beyond 2^53 are their decimal text.',
})

/** Unix seconds as the value of a DateTime. */
export function toInstant(second: number | null): Date | null {
  return second === null ? null : new Date(second * 1000)
}
