/** Personal data of a payload, as its job type declares it: hidden from anyone who reads the job, its errors and its logs. */
import type { JobType } from './job.ts'

export const hidden = '[redacted]'

type Declared = Pick<JobType, 'redact'> | undefined

/**
 * A payload as people may see it. Of a type that this code does not know, nobody has said what is personal, so all of it is
 * hidden; so is a value that is not an object although its type hides fields of it. It never throws: a list of jobs must not
 * fail for one of them.
 */
export function redactedPayload(payload: unknown, type: Declared): unknown {
  if (!type) return hidden
  try {
    return type.redact.length === 0 ? payload : (hide(payload, type.redact, () => {}) ?? hidden)
  } catch {
    return hidden
  }
}

/**
 * The result of a job as people may see it: without the fields that its payload hides, wherever the result has them by the
 * same paths, and without their values in its texts. Of a type that this code does not know, all of it is hidden.
 */
export function redactedResult(result: unknown, payload: unknown, type: Declared): unknown {
  if (!type) return hidden
  const withoutValues = (value: unknown): unknown => {
    if (typeof value === 'string') return redactedText(value, payload, type)
    if (Array.isArray(value)) return value.map(withoutValues)
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutValues(inner)]))
  }
  return withoutValues(isObject(result) ? hide(result, type.redact, () => {}) : result)
}

/** A text, such as an error that quotes what it did not like, without the values that its payload hides. */
export function redactedText(text: string, payload: unknown, type: Declared): string {
  if (!type) return text
  const values: string[] = []
  try {
    if (type.redact.some(() => true)) hide(payload, type.redact, (value) => values.push(...textsIn(value)))
  } catch {
    return hidden
  }
  const secrets = values
    .filter((value) => value.length > 1)
    // The longest first: one that contains another must go as a whole.
    .sort((a, b) => b.length - a.length)
  // As a word of its own: somebody called Al is no reason to hide half of "already".
  return secrets.reduce(
    (left, value) => left.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal(value)}(?![\\p{L}\\p{N}])`, 'giu'), hidden),
    text,
  )
}

/** A value without what some paths lead to (see redact-paths.ts); `found` gets each thing that is hidden. */
function hide(value: unknown, redact: readonly string[], found: (value: unknown) => void): unknown {
  if (redact.length === 0 || value === null || value === undefined) return value
  if (Array.isArray(value)) return value.map((element) => hide(element, redact, found))
  if (!isObject(value)) {
    found(value)
    return hidden
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (!redact.includes(name) && !redact.includes('*')) return [name, hide(inner, below(name, redact), found)]
      found(inner)
      return [name, hidden]
    }),
  )
}

/** What is left of the paths that lead into a field. */
function below(name: string, redact: readonly string[]): string[] {
  return [`${name}.`, '*.'].flatMap((step) =>
    redact.filter((path) => path.startsWith(step)).map((path) => path.slice(step.length)),
  )
}

/** A pattern that matches nothing but the text. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Every text and number in a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim().replace(/\s+/g, ' ')]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
