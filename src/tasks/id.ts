import { hash } from 'node:crypto'
import { BadInput } from './bad-input'
import { isTaskProvider, type SourceKey, type Task } from './task'

/** What finds a task again in one upstream call. Takes no part in its identity. */
export type FindHint =
  { readonly asyncRequestId: string } | { readonly startSecond: number; readonly instanceId: string | null }

/** A task's identity: its source and its number there. */
export interface TaskId {
  readonly source: SourceKey
  readonly number: bigint
  readonly hint: FindHint | null
}

const VERSION = 1
const SUM_LENGTH = 6
const MAX_LENGTH = 512
const NUMBER = /^(0|[1-9]\d{0,19})$/

export function taskIdOf(task: Task): TaskId {
  return { source: task.source, number: task.number, hint: hintOf(task) }
}

/** Text that is the same for two ids of one task. */
export function identity(id: Pick<TaskId, 'source' | 'number'>): string {
  return JSON.stringify([id.source.provider, id.source.account, id.source.region, id.number.toString()])
}

/** Opaque, URL-safe, the same for the same task on every replica. The check sum catches typing, not malice: an id grants nothing. */
export function encodeTaskId(id: TaskId): string {
  const { provider, account, region } = id.source
  const fields = [VERSION, provider, account, region, id.number.toString(), ...hintFields(id.hint)]
  const body = JSON.stringify(fields)
  return Buffer.from(checkSum(body) + body).toString('base64url')
}

/** @throws BadInput where the text is no id of ours */
export function decodeTaskId(text: string, argument: string): TaskId {
  const id = text.length <= MAX_LENGTH ? parse(text) : null
  // Only one text is the id of a task: another spelling of the same bytes is none.
  if (id === null || encodeTaskId(id) !== text)
    throw new BadInput(argument, `${argument} ${JSON.stringify(text.slice(0, 64))} is not the id of a task`)
  return id
}

function hintOf(task: Task): FindHint | null {
  if (task.provider === 'POSTGRES') return null
  if (task.asyncRequestId !== null) return { asyncRequestId: task.asyncRequestId }
  if (task.startSecond === null) return null
  const [instanceId = null] = [...task.instanceIds].sort()
  return { startSecond: task.startSecond, instanceId }
}

function hintFields(hint: FindHint | null): readonly unknown[] {
  if (hint === null) return []
  return 'asyncRequestId' in hint ? [hint.asyncRequestId] : [hint.startSecond, hint.instanceId]
}

function parse(text: string): TaskId | null {
  const bytes = Buffer.from(text, 'base64url').toString()
  const body = bytes.slice(SUM_LENGTH)
  if (bytes.slice(0, SUM_LENGTH) !== checkSum(body)) return null
  let fields: unknown
  try {
    fields = JSON.parse(body)
  } catch {
    return null
  }
  return Array.isArray(fields) ? fromFields(fields) : null
}

function fromFields([version, provider, account, region, number, ...hint]: unknown[]): TaskId | null {
  if (version !== VERSION || !isTaskProvider(provider) || typeof account !== 'string') return null
  if (region !== null && typeof region !== 'string') return null
  if (typeof number !== 'string' || !NUMBER.test(number)) return null
  const found = parseHint(hint)
  return found === undefined
    ? null
    : { source: { provider, account, region }, number: BigInt(number), hint: found }
}

function parseHint([first, second]: unknown[]): FindHint | null | undefined {
  if (first === undefined) return null
  if (typeof first === 'string') return { asyncRequestId: first }
  if (typeof first !== 'number' || !Number.isSafeInteger(first)) return undefined
  return second === null || typeof second === 'string'
    ? { startSecond: first, instanceId: second }
    : undefined
}

function checkSum(body: string): string {
  return hash('sha256', body, 'base64url').slice(0, SUM_LENGTH)
}
