import type { FormattedExecutionResult } from 'graphql'
import type { UpstreamCost } from '../../call-cost'

/**
 * The `extensions` of a response: what it has cost. They keep the serialized data of the response, so that it is
 * serialized once for the client and the response cache. (A WeakMap would keep the texts until a major collection.)
 */
export class ResponseExtensions {
  readonly [name: string]: unknown
  #data: string | null = null

  constructor(readonly upstream: UpstreamCost) {}

  serializeData(data: object): string {
    return (this.#data ??= JSON.stringify(data))
  }
}

/** The response as JSON, in the order of the specification's parts. */
export function serializeResponse({ errors, data, extensions }: FormattedExecutionResult): string {
  return errors === undefined && data && extensions instanceof ResponseExtensions
    ? `{"data":${extensions.serializeData(data)},"extensions":${JSON.stringify(extensions)}}\n`
    : `${JSON.stringify({ errors, data, extensions })}\n`
}
