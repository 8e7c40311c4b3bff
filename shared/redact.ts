/** Personal data of a payload, as its job type declares it: hidden from whoever looks at the job, its errors and its logs. */
import type { JobType } from './job.ts'

export const hidden = '[redacted]'

type Declared = Pick<JobType, 'redact'> | undefined

/**
 * A payload as people may see it. Of a type that this code does not know, nobody has said what is personal, so all of it is
 * hidden; so is a payload that is no object although its type hides fields of it.
 */
export function redactedPayload(payload: unknown, type: Declared): unknown {
  if (!type) return hidden
  const { redact } = type
  if (redact.length === 0) return payload
  if (!isObject(payload)) return hidden
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [name, redact.includes(name) ? hidden : value]),
  )
}

/** A text, such as an error that quotes what it did not like, without the values that its payload hides. */
export function redactedText(text: string, payload: unknown, type: Declared): string {
  if (!type || !isObject(payload)) return text
  const secrets = type.redact
    .flatMap((name) => (Object.hasOwn(payload, name) ? textsIn(payload[name]) : []))
    .filter((value) => value.length > 1)
    // The longest first: one that contains another must go as a whole.
    .sort((a, b) => b.length - a.length)
  // As a word of its own: somebody called Al is no reason to hide half of "already".
  return secrets.reduce(
    (left, value) => left.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal(value)}(?![\\p{L}\\p{N}])`, 'giu'), hidden),
    text,
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
