import { hash } from 'node:crypto'
import { BadInput } from './bad-input'
import { sourceRank } from './order'
import type { SourceKey, Task, TaskHint, TaskProvider } from './task'

/** A task's identity: its source and its number there. */
export interface TaskId {
  readonly source: SourceKey
  readonly number: bigint
  /** Takes no part in the identity. */
  readonly hint: TaskHint | null
}

const VERSION = 1
const SUM_LENGTH = 6
const MAX_LENGTH = 512
const NUMBER = /^(0|[1-9]\d{0,19})$/

export function taskIdOf(task: Task): TaskId {
  return { source: task.source, number: task.number, hint: task.hint }
}

/** Text that is the same for two ids of one task. */
export function identity(id: Pick<TaskId, 'source' | 'number'>): string {
  return `${sourceRank(id.source)}\n${id.number}`
}

/** Opaque, URL-safe, the same for the same task on every replica. The check sum catches typing, not malice: an id grants nothing. */
export function encodeTaskId(id: TaskId): string {
  const { provider, account, region } = id.source
  const fields = [VERSION, provider, account, region, id.number.toString(), ...(id.hint ?? [])]
  const body = JSON.stringify(fields)
  return Buffer.from(checkSum(body) + body).toString('base64url')
}

/**
 * @param products an id of another product is none of ours
 * @throws BadInput where the text is no id of ours
 */
export function decodeTaskId(text: string, argument: string, products: ReadonlySet<TaskProvider>): TaskId {
  const id = text.length <= MAX_LENGTH ? parse(text) : null
  // Only one text is the id of a task: another spelling of the same bytes is none.
  if (id === null || !products.has(id.source.provider) || encodeTaskId(id) !== text)
    throw new BadInput(argument, `${argument} ${JSON.stringify(text.slice(0, 64))} is not the id of a task`)
  return id
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
  if (version !== VERSION || typeof provider !== 'string' || typeof account !== 'string') return null
  if (region !== null && typeof region !== 'string') return null
  if (typeof number !== 'string' || !NUMBER.test(number)) return null
  if (!hint.every(isHintField)) return null
  const source = { provider, account, region }
  return { source, number: BigInt(number), hint: hint.length === 0 ? null : hint }
}

function isHintField(value: unknown): value is TaskHint[number] {
  return value === null || typeof value === 'string' || Number.isSafeInteger(value)
}

function checkSum(body: string): string {
  return hash('sha256', body, 'base64url').slice(0, SUM_LENGTH)
}
