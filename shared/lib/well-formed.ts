/**
 * The dotted path of the first text or key in a value that is not well-formed: one half of a surrogate pair without the other.
 * Such a text has no UTF-8 form, so a mail, a URL or a table cannot carry it. `undefined` if there is none; `''` is the
 * value itself.
 */
export function illFormedPath(value: unknown): string | undefined {
  return find(value, '', new Set())
}

/** @param above the objects that hold this one: a value that holds itself ends here */
function find(value: unknown, path: string, above: Set<object>): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path
  if (typeof value !== 'object' || value === null || above.has(value)) return undefined
  above.add(value)
  for (const [name, inner] of entriesOf(value)) {
    const here = path === '' ? name : `${path}.${name}`
    const found = name.isWellFormed() ? find(inner, here, above) : here.toWellFormed()
    if (found !== undefined) return found
  }
  above.delete(value)
  return undefined
}

function entriesOf(value: object): (readonly [string, unknown])[] {
  if (value instanceof Set) return [...value].map((inner, i) => [String(i), inner] as const)
  if (value instanceof Map) return [...value].flatMap(([key, inner]) => [[String(key), inner] as const])
  return ArrayBuffer.isView(value) ? [] : Object.entries(value)
}
