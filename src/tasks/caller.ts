import type { TaskProvider } from './task'

/** Who asks, and what they may see. Every question to the core carries one. */
export interface Caller {
  readonly name: string
  /** Null: all of them. */
  readonly accounts: ReadonlySet<string> | null
  readonly regions: ReadonlySet<string> | null
  readonly providers: ReadonlySet<TaskProvider> | null
  /** May see what a product tells of its tasks in detail, which can hold object names and addresses. */
  readonly details: boolean
}

/** The caller where there is no authentication: sees everything. */
export const ANYONE: Caller = {
  name: 'anonymous',
  accounts: null,
  regions: null,
  providers: null,
  details: true,
}
