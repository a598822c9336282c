import type { SwitchMode } from './task'

/** `SwitchTag`: when a prepared change is switched to. */
export const SWITCH_MODE = {
  0: 'NONE',
  1: 'IMMEDIATE',
  2: 'SCHEDULED',
  3: 'MAINTENANCE_WINDOW',
} as const satisfies Record<number, SwitchMode>
