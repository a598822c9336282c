import type { TaskStatus, TaskType } from '../tasks/task'

/** How a product words the status and the type of its tasks. */
export interface Vocabulary {
  readonly statuses: Readonly<Record<string, { readonly status: TaskStatus }>>
  readonly types: Readonly<Record<string, { readonly type: TaskType }>>
}

/** The words of one task, unified and as they came. */
export interface TaskWords {
  readonly status: TaskStatus
  readonly rawStatus: string
  readonly type: TaskType
  readonly rawType: string
}

/** @param reportUnknown told of every word that the vocabulary lacks, the empty one too */
export function readWords(
  { statuses, types }: Vocabulary,
  rawStatus: string,
  rawType: string,
  reportUnknown: (kind: 'status' | 'type', word: string) => void,
): TaskWords {
  const status = lookUp(statuses, rawStatus)?.status
  const type = lookUp(types, rawType)?.type
  if (status === undefined) reportUnknown('status', rawStatus)
  if (type === undefined) reportUnknown('type', rawType)
  return { status: status ?? 'UNKNOWN', rawStatus, type: type ?? 'OTHER', rawType }
}

/** Looks a word up; `constructor` and its like are in no vocabulary. */
export function lookUp<T>(vocabulary: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(vocabulary, word) ? vocabulary[word] : undefined
}

/**
 * The numbers by which an upstream is asked for unified words. Null where one of them cannot be asked for: it stands
 * for words that have no number, or that no vocabulary knows.
 */
export function codesOf<Word extends string>(
  wanted: readonly Word[],
  entries: readonly { readonly code: number | null; readonly word: Word }[],
  catchAll: Word,
): readonly number[] | null {
  if (wanted.includes(catchAll)) return null
  const codes = entries.filter(({ word }) => wanted.includes(word)).map(({ code }) => code)
  return codes.every((code) => code !== null) ? codes : null
}
