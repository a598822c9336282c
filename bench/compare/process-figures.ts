import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, whatever the kernel's own tick. */
const TICK_MS = 10

/** What a process and its threads have computed so far, in user and system mode. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  // utime and stime are the 14th and 15th field; two are cut off in front.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** The most memory that the process ever held, in bytes. */
export function peakRssBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM')
}

export function rssBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS')
}

function statusBytes(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? NaN) * 1024
}
