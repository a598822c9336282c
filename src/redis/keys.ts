/** The braces keep all keys of the quotas on one node of a cluster, as their scripts need; the version is that of their meaning. */
const PREFIX = '{task-gateway:quota:v1}'

export const REPLICAS_KEY = `${PREFIX}:replicas`
export const EXPECTED_KEY = `${PREFIX}:expected`

/** Which server process holds the logs. */
export const SERVER_KEY = `${PREFIX}:server`

/** The log of the calls against one quota. */
export function logKey(quota: string): string {
  return `${PREFIX}:sent:${quota}`
}

/** The rate that a refusal by the cloud has lowered. */
export function loweredKey(quota: string): string {
  return `${PREFIX}:lowered:${quota}`
}
