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
