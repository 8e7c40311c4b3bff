/** An error in one line: name, code, message, and why, down the chain of its causes. Whatever was thrown, this never throws. */

/**
 * Characters of a line; of an error's own part where others follow it, which is less for each level, so that the innermost
 * cause has room; of a text before anything is taken out of it.
 */
const limits = { line: 1_000, part: 400, raw: 20_000 }
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

function chain(error: unknown, clean: Clean, seen: Set<unknown>, level = 1): string {
  seen.add(error)
  const own = isError(error) ? describe(error, clean) : `Thrown: ${clean(thrownText(error))}`
  const [more, inner] = [causesOf(error), innerErrors(error)].map((all) => all.filter((one) => !seen.has(one)))
  if (!more || !inner || seen.size >= mostErrors || more.length + inner.length === 0) return own
  const texts = [...more, ...inner.slice(0, mostInner)].map((one) => partOf(chain(one, clean, seen, level + 1)))
  // Some errors repeat in their own message what their cause says, and several attempts often fail alike.
  const additions = [...new Set(texts)].filter((text) => text !== '' && !repeats(own, text))
  const left = inner.length > mostInner ? [`${inner.length - mostInner} more`] : []
  const parts = [...additions, ...left]
  return parts.length === 0
    ? own
    : `${own.slice(0, limits.part / level)} (${more.length > 0 ? 'cause: ' : ''}${parts.join('; ')})`
}

function partOf(text: string): string {
  return text.replace(/^Thrown: /, '')
}

/** Whether another error's text says nothing more: neither its message nor its name, code or status. */
function repeats(own: string, text: string): boolean {
  const message = withoutName(text)
  const marks = text.slice(0, text.length - message.length).match(/[\w$.-]+/g) ?? []
  const isSaid = message === withoutName(own) || (message.length >= telling && own.includes(message))
  return isSaid && marks.every((mark) => mark === 'Error' || own.includes(mark))
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

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, an error name of an AWS SDK, a number of gRPC; nothing that could hold more than a name. */
function codeOf(error: object): string | undefined {
  const code = [read(error, 'code'), read(error, 'Code')].find((one) => typeof one === 'string')
  if (typeof code === 'string') return /^[\w.-]{1,60}$/.test(code) ? code : undefined
  const number = read(error, 'code')
  // Those of a DOMException say less than its name.
  return Number.isInteger(number) && !isDomException(error) ? `code ${String(number)}` : undefined
}

function isDomException(error: object): boolean {
  return /^(Abort|Timeout)Error$/.test(textOf(read(error, 'name'))) || error instanceof DOMException
}

/** The HTTP status of an AWS SDK, of an answer that is thrown, or of the answer that an HTTP client keeps. */
function statusOf(error: object): string | undefined {
  const answers = [read(error, '$metadata'), error, read(error, 'response')]
  const found = answers.flatMap((one) => ['httpStatusCode', 'statusCode', 'status'].map((name) => read(one, name)))
  const status = found.find((one) => typeof one === 'number')
  return status === undefined ? undefined : `HTTP ${status}`
}

/** Fields in which `using` and libraries keep what is behind an error: another error, or a word or object that says it. */
const causeFields = ['cause', 'suppressed', 'error', 'err', 'innerError', 'originalError', 'jse_cause', 'reason']

function causesOf(error: unknown): unknown[] {
  if (!isError(error)) return []
  const [cause, ...others] = causeFields.map((name) => read(error, name))
  const found = others.filter(
    (one) => (typeof one === 'object' || typeof one === 'string') && one !== null && one !== '',
  )
  return [...new Set(cause === undefined || cause === null ? found : [cause, ...found])]
}

/** The errors of an AggregateError, whatever they are; of another error those that have a message, such as GraphQL's. */
function innerErrors(error: unknown): unknown[] {
  const inner = read(error, 'errors')
  if (!isError(error) || !isArray(inner)) return []
  const isAggregate = read(error, 'name') === 'AggregateError'
  return inner.filter((one) => isAggregate || typeof read(one, 'message') === 'string')
}

/** Also of a proxy that is broken. */
function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
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

/** A thrown value that is not an error: a text as it is, an object as its class and JSON, without what is secret by its name. */
function thrownText(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null
      ? `${classOf(value)}${JSON.stringify(plain(value, 4))}`
      : String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** `Failure `: two classes without fields are two causes. */
function classOf(value: object): string {
  const name = read(read(value, 'constructor'), 'name')
  return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,60}$/.test(name) && !['Object', 'Array'].includes(name)
    ? `${name} `
    : ''
}

const secretName = /authorization|cookie|credential|header|passw|secret|signature|token|api[-_]?key|private[-_]?key/i

function plain(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.slice(0, 300)
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (isArray(value)) return levels === 0 ? '…' : value.slice(0, 10).map((inner) => plain(inner, levels - 1))
  if (isError(value)) return chain(value, (text) => text.slice(0, 300), new Set())
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
