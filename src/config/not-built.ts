import type { Environment } from './environment'

/** Settings whose mechanism does not exist yet, with the values that ask for nothing. */
export const NOT_BUILT: Readonly<Record<string, readonly string[]>> = {
  TASK_GATEWAY_CORS_ORIGINS: [],
  TASK_GATEWAY_TRUSTED_DOCUMENTS: [],
}

/** Nothing that protects may be accepted and not enforced, so such a setting is a problem. */
export function refuseNotBuilt(environment: Environment): void {
  for (const [name, harmless] of Object.entries(NOT_BUILT)) {
    const value = environment.text(name)
    if (value === null || harmless.includes(value)) continue
    const allowed = harmless.map((word) => ` or set it to ${word}`).join('')
    environment.refuseSecret(name, `this version does not have what it asks for; unset it${allowed}`)
  }
}
