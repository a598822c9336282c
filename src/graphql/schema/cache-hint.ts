export const HINT_SECONDS = 1
/** On every field that lists are read for. */
export const CACHE_HINT = `@cacheControl(maxAge: ${HINT_SECONDS})`
/** Apollo's definition without the scope, whose type would be one more name in a composition that nothing uses. */
export const CACHE_HINT_DEFINITION =
  'directive @cacheControl(maxAge: Int, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION\n'
