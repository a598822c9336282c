import type { Caller } from '../tasks/caller'
import { TASK_PROVIDERS, type TaskProvider } from '../tasks/task'
import { Forbidden } from './authenticate'

/** What a caller's questions are limited to; null is no limit. */
export type Limits = Pick<Caller, 'accounts' | 'regions' | 'providers'>

/** The limits as a key or a token has them; what is absent does not limit. */
export interface LimitFields {
  readonly accounts?: unknown
  readonly regions?: unknown
  readonly providers?: unknown
}

export const LIMIT_NAMES = ['accounts', 'regions', 'providers'] as const

export const UNLIMITED: Limits = { accounts: null, regions: null, providers: null }

/** @param refuse is told the name and the rule of a limit that is wrong, which then lets nothing pass */
export function parseLimits(
  { accounts, regions, providers }: LimitFields,
  refuse: (name: string, rule: string) => void,
): Limits {
  return {
    accounts: parseNames(accounts, (rule) => refuse('accounts', rule)),
    regions: parseNames(regions, (rule) => refuse('regions', rule)),
    providers: parseProviders(providers, (rule) => refuse('providers', rule)),
  }
}

function parseNames(value: unknown, refuse: (rule: string) => void): ReadonlySet<string> | null {
  if (value === undefined) return null
  if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''))
    return new Set(value as string[])
  refuse('must be a list of names')
  return new Set()
}

function parseProviders(value: unknown, refuse: (rule: string) => void): ReadonlySet<TaskProvider> | null {
  if (value === undefined) return null
  const known: readonly unknown[] = TASK_PROVIDERS
  if (Array.isArray(value) && value.every((name) => known.includes(name))) return new Set(value as string[])
  refuse(`must be a list of ${TASK_PROVIDERS.join(' and ')}`)
  return new Set()
}

/** What a caller may do; the second adds input and output of Postgres tasks. */
export const SCOPES = ['tasks:read', 'tasks:detail'] as const

/** @throws Forbidden without the scope to read tasks */
export function toCaller(name: string, scopes: ReadonlySet<string>, limits: Limits): Caller {
  if (!scopes.has('tasks:read')) throw new Forbidden('the scope tasks:read is missing')
  return { name, ...limits, details: scopes.has('tasks:detail') }
}
