/** An error in one line: name, code, message, and why, down the chain of its causes. Whatever was thrown, this never throws. */

/** Characters of a line; of one error's own message where others follow it; of a text before anything is taken out of it. */
const limits = { line: 1_000, message: 500, raw: 20_000 }
/** Number of errors in all, and of inner ones of one `AggregateError`. */
const mostErrors = 12
const mostInner = 5
/** A message that is at least this long is taken for a repetition where another message contains it. */
const telling = 10

/**
 * `Name: message (cause: Name CODE: message)`, one line, at most 1,000 characters: what an effect keeps of an error. Never the
 * stack, no headers or credentials, and nothing that a terminal or a log viewer would obey.
 *
 * @param redact takes out what must not be kept, before anything is cut
 */
export function errorLine(error: unknown, redact: (text: string) => string = (text) => text): string {
  const clean = (text: string) => redact(withoutCredentials(oneLine(text.slice(0, limits.raw))))
  return chain(error, clean, new Set()).slice(0, limits.line).toWellFormed()
}

type Clean = (text: string) => string

function chain(error: unknown, clean: Clean, seen: Set<unknown>): string {
  seen.add(error)
  const own = isError(error) ? describe(error, clean) : `Thrown: ${clean(thrownText(error))}`
  const [cause, inner] = [read(error, 'cause'), innerErrors(error).filter((one) => !seen.has(one))]
  const more = cause !== undefined && cause !== null && !seen.has(cause) ? [cause] : []
  if (seen.size >= mostErrors || more.length + inner.length === 0) return own
  const texts = [...more, ...inner.slice(0, mostInner)].map((one) => partOf(chain(one, clean, seen)))
  // Some errors repeat in their own message what their cause says, and several attempts often fail alike.
  const additions = [...new Set(texts)].filter((text) => text !== '' && !repeats(own, withoutName(text)))
  const left = inner.length > mostInner ? [`${inner.length - mostInner} more`] : []
  const parts = [...additions, ...left]
  return parts.length === 0
    ? own
    : `${own.slice(0, limits.message)} (${more.length > 0 ? 'cause: ' : ''}${parts.join('; ')})`
}

function partOf(text: string): string {
  return text.replace(/^Thrown: /, '')
}

function repeats(own: string, text: string): boolean {
  return text === withoutName(own) || (text.length >= telling && own.includes(text))
}

function withoutName(text: string): string {
  return text.replace(/^[\w$.]+(?: [\w.-]+)*: /, '')
}

/** `Name CODE HTTP 503: message`; the code and the status only where the rest does not name them. */
function describe(error: object, clean: Clean): string {
  const name = clean(textOf(read(error, 'name')) || 'Error')
  const message = clean(textOf(read(error, 'message')))
  const marks = [codeOf(error), statusOf(error)].filter(
    (mark) => mark !== undefined && !`${name} ${message}`.includes(mark.replace('HTTP ', '')),
  )
  return message === '' ? [name, ...marks].join(' ') : `${[name, ...marks].join(' ')}: ${message}`
}

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, an error name of an AWS SDK; nothing that could hold more than a name. */
function codeOf(error: object): string | undefined {
  const code = [read(error, 'code'), read(error, 'Code')].find((one) => typeof one === 'string')
  return typeof code === 'string' && /^[\w.-]{1,60}$/.test(code) ? code : undefined
}

function statusOf(error: object): string | undefined {
  const found = [read(read(error, '$metadata'), 'httpStatusCode'), read(error, 'statusCode'), read(error, 'status')]
  const status = found.find((one) => typeof one === 'number')
  return status === undefined ? undefined : `HTTP ${status}`
}

function innerErrors(error: unknown): readonly unknown[] {
  const inner = read(error, 'errors')
  // Of whatever else has such a field, a ZodError of old for one, the message has it all.
  return isError(error) && read(error, 'name') === 'AggregateError' && Array.isArray(inner) ? inner : []
}

/** Also an error of another realm, such as a worker's. */
function isError(value: unknown): value is object {
  try {
    if (value instanceof Error) return true
  } catch {
    return false
  }
  return typeof read(value, 'message') === 'string' && typeof read(value, 'stack') === 'string'
}

/** A field, `undefined` where reading it throws. */
function read(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : thrownText(value)
}

/** A thrown value that is not an error: a text as it is, an object as JSON, without what is secret by its name. */
function thrownText(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(plain(value, 4)) : String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

const secretName = /authorization|cookie|credential|header|passw|secret|signature|token|api[-_]?key|private[-_]?key/i

function plain(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.slice(0, 300)
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (Array.isArray(value)) return levels === 0 ? '…' : value.slice(0, 10).map((inner) => plain(inner, levels - 1))
  if (isError(value)) return `${textOf(read(value, 'name'))}: ${textOf(read(value, 'message')).slice(0, 300)}`
  if (levels === 0) return '…'
  return Object.fromEntries(
    namesOf(value).map((name) => [name, secretName.test(name) ? '[redacted]' : plain(read(value, name), levels - 1)]),
  )
}

/** Its own fields; of what has none, such as an answer of fetch, those that tell most. */
function namesOf(value: object): string[] {
  const own = Object.keys(value).slice(0, 20)
  return own.length > 0
    ? own
    : ['status', 'statusText', 'code', 'name', 'message', 'reason'].filter((name) => read(value, name) !== undefined)
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
}

/** Credentials that stand in a text by their form: of a header, or of an address. */
function withoutCredentials(text: string): string {
  return text
    .replace(/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, '$1 [redacted]')
    .replace(/(\/\/)[^/@\s]{1,200}@/g, '$1[redacted]@')
    .replace(/\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+/gi, '$1[redacted]')
}
