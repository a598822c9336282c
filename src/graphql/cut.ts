/** The longest text of a caller that an error repeats. */
export const MAX_QUOTED_CHARACTERS = 100

/** graphql-js repeats what a document has, and some values, however long that is. */
export const MAX_MESSAGE_CHARACTERS = 500

/** The text, or its beginning and an ellipsis. */
export function cut(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text
}
