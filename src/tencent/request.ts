import type { UpstreamRequest } from '../upstream-call'
import { stringifyJson } from './json'

/** A request with these parameters; those that are undefined are left out. */
export function upstreamRequest(
  action: string,
  parameters: Readonly<Record<string, unknown>>,
): UpstreamRequest {
  return { action, body: stringifyJson(parameters) }
}
