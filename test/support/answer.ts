/** What stands at a path of keys and indexes; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (here, key) => (typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined),
    value,
  )
}

/** @throws Error where there is no text */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found === 'string') return found
  throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`)
}

/** @throws Error where there is no list */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  if (Array.isArray(found)) return found
  throw new Error(`no list at ${path.join('.')} of ${JSON.stringify(value)}`)
}
