/** Printable ASCII, and no blank, so that headers that came twice, joined by ", ", are none. */
const TOKEN = /^[\x21-\x7e]+$/
const BEARER = /^bearer +/i
/** Longer ones are refused before anything looks into them. */
const MAX_CHARACTERS = 8192

/** The token of `authorization: Bearer …`; null where it is something else. */
export function bearerToken(authorization: string): string | null {
  return BEARER.test(authorization) ? checkedToken(authorization.replace(BEARER, '')) : null
}

/** Null where the text can be no token or key. */
export function checkedToken(text: string): string | null {
  return text.length <= MAX_CHARACTERS && TOKEN.test(text) ? text : null
}
