import type { Caller } from '../tasks/caller'
import { Forbidden } from './authenticate'
import type { Limits } from './limits'

/** What a caller may do; the second adds input and output of Postgres tasks. */
export const SCOPES = ['tasks:read', 'tasks:detail'] as const

/** @throws Forbidden without the scope to read tasks */
export function toCaller(name: string, scopes: ReadonlySet<string>, limits: Limits): Caller {
  if (!scopes.has('tasks:read')) throw new Forbidden('the scope tasks:read is missing')
  return { name, ...limits, details: scopes.has('tasks:detail') }
}
