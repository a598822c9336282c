import { encodeTaskId } from '../../src/tasks/id'
import type { TaskName } from './watch-load'

/** The id of a task at the gateway, with the hint that CDB needs. */
export function gatewayId({ provider, region, number, asyncRequestId }: TaskName): string {
  const hint = asyncRequestId === null ? null : [asyncRequestId]
  return encodeTaskId({ source: { provider, account: 'default', region }, number: BigInt(number), hint })
}
