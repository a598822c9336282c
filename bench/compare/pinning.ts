import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** All of the machine, not only those that this process keeps to. */
const CORES = cpus().length

/**
 * Whoever is measured has one core for itself, the loader and the emulator share the other, so that none of them takes
 * time from what is measured. Without `taskset`, or on one core, the system decides.
 */
export const IS_PINNED = CORES > 1 && spawnSync('taskset', ['-p', '1']).status === 0

/** The command that runs Node with these arguments on the core of the measured. */
export function measuredCommand(args: readonly string[]): readonly [string, readonly string[]] {
  return IS_PINNED ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, args]
}

/** Keeps a process that is not measured, and its threads, off that core. */
export function pinAside(pid: number): void {
  if (IS_PINNED) spawnSync('taskset', ['-a', '-c', '-p', `1-${CORES - 1}`, String(pid)])
}

/** The command that runs Node with these arguments on all cores, whatever this process keeps to. */
export function unpinnedCommand(args: readonly string[]): readonly [string, readonly string[]] {
  if (!IS_PINNED) return [process.execPath, args]
  return ['taskset', ['-c', `0-${CORES - 1}`, process.execPath, ...args]]
}
