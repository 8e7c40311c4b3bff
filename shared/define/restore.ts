/** Puts back what an operator could not see: they edit a payload as the API shows it, with placeholders for redacted fields. */
import { hidden } from './redact.ts'

/** A payload with its hidden values, or the paths of placeholders whose values are not known. */
export type Restored =
  | { readonly kind: 'restored'; readonly payload: unknown }
  | { readonly kind: 'unknown'; readonly paths: readonly string[] }

/**
 * An edited payload with the values that its placeholders stand for. A placeholder at the place where it was shown means the value
 * of before. In a list it does so only where its element is otherwise as it was: an element that has moved, or was edited, is not
 * surely the same.
 *
 * @param shown the payload of before, as people see it
 */
export function restored(edited: unknown, shown: unknown, before: unknown): Restored {
  const paths: string[] = []
  const payload = restore({ edited, shown, before }, '', paths)
  return paths.length === 0 ? { kind: 'restored', payload } : { kind: 'unknown', paths }
}

interface Three {
  readonly edited: unknown
  readonly shown: unknown
  readonly before: unknown
}

function restore({ edited, shown, before }: Three, path: string, unknown: string[]): unknown {
  if (isSame(edited, shown)) return before
  if (edited === hidden) unknown.push(path)
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  if (Array.isArray(edited)) {
    const [wasShown, was] = [listOf(shown), listOf(before)]
    // Only an element that is as it was; nothing is restored within one that is not.
    return edited.map((one, i) =>
      isSame(one, wasShown[i]) && i in was
        ? was[i]
        : restore({ edited: one, shown: undefined, before: undefined }, below(String(i)), unknown),
    )
  }
  if (!isObject(edited)) return edited
  const [wasShown, was] = [objectOf(shown), objectOf(before)]
  const parts = Object.entries(edited).map(([name, value]) => [
    name,
    restore({ edited: value, shown: own(wasShown, name), before: own(was, name) }, below(name), unknown),
  ])
  return Object.fromEntries(parts)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const objectOf = (value: unknown) => (isObject(value) && !Array.isArray(value) ? value : {})
const own = (from: Record<string, unknown>, name: string) => (Object.hasOwn(from, name) ? from[name] : undefined)

/** Whether two JSON values are the same, whatever the order of their fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.keys(a), Object.keys(b)]
  return left.length === right.length && left.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
}
