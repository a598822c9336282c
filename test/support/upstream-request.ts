import { stringifyJson } from '../../src/tencent/json'
import type { UpstreamRequest } from '../../src/upstream-call'

/** A request with these parameters. */
export function upstreamRequest(
  action: string,
  parameters: Readonly<Record<string, unknown>>,
): UpstreamRequest {
  return { action, body: stringifyJson(parameters) }
}
