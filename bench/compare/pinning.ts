import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * Whoever is measured has one core for itself, the loader and the emulator share the other, so that none of them takes
 * time from what is measured. Without `taskset`, or on one core, the system decides.
 */
export const IS_PINNED = availableParallelism() > 1 && spawnSync('taskset', ['-p', '1']).status === 0

/** The command that runs Node with these arguments on the core of the measured. */
export function measuredCommand(args: readonly string[]): readonly [string, readonly string[]] {
  return IS_PINNED ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, args]
}

/** Keeps a process that is not measured, and its threads, off that core. */
export function pinAside(pid: number): void {
  if (IS_PINNED) spawnSync('taskset', ['-a', '-c', '-p', `1-${availableParallelism() - 1}`, String(pid)])
}
