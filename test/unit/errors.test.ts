import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultDetails } from '../../functions/aws/telemetry.ts'
import { errorLine } from '../../shared/define/errors.ts'
import { groupedError } from '../../shared/recovery/error-groups.ts'

const coded = (message: string, code: string) => Object.assign(new Error(message), { code })

describe('an error in one line', () => {
  it('has name and message, and never the stack', () => {
    expect(errorLine(new RangeError('too\n  far'))).toBe('RangeError: too far')
    expect(errorLine('text')).toBe('Thrown: text')
    expect(errorLine(undefined)).toBe('Thrown: undefined')
    expect(errorLine(new Error(''))).toBe('Error')
  })

  it('is cut, but never within a character', () => {
    const line = errorLine(new Error('😀'.repeat(1_000)))
    expect(line.length).toBeLessThanOrEqual(1_000)
    expect(line.isWellFormed()).toBe(true)
  })

  it('has nothing in it that a terminal obeys', () => {
    expect(errorLine(new Error('red \u001b[31m, back\u0008, \u009b2J, turned \u202e.'))).toBe(
      'Error: red [31m, back , 2J, turned .',
    )
  })

  it('says why, down the chain of causes', async () => {
    const closed = await fetch('http://127.0.0.1:9/').catch((error: unknown) => error)
    expect(errorLine(closed)).toMatch(/^TypeError: fetch failed \(cause: .+\)$/)
    const refused = new TypeError('fetch failed', {
      cause: coded('connect ECONNREFUSED 127.0.0.1:3999', 'ECONNREFUSED'),
    })
    expect(errorLine(refused)).toBe('TypeError: fetch failed (cause: Error: connect ECONNREFUSED 127.0.0.1:3999)')
    const expired = new Error('no', { cause: coded('certificate has expired', 'CERT_HAS_EXPIRED') })
    expect(errorLine(expired)).toBe('Error: no (cause: Error CERT_HAS_EXPIRED: certificate has expired)')
    expect(errorLine(new Error('a', { cause: new Error('b', { cause: 'c' }) }))).toBe(
      'Error: a (cause: Error: b (cause: c))',
    )
  })

  it('says a cause once, also where the message repeats it', () => {
    const cause = coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')
    const repeated = new Error(`posting to https://a.example failed: ${cause.message}`, { cause })
    expect(errorLine(repeated)).toBe('Error: posting to https://a.example failed: connect ECONNREFUSED 127.0.0.1:1')
  })

  it('has the inner errors of an aggregate, each once, and how many were left out', () => {
    const inner = [coded('connect ECONNREFUSED ::1:80', 'ECONNREFUSED'), new Error('late'), new Error('late')]
    expect(errorLine(new AggregateError(inner))).toBe(
      'AggregateError (Error: connect ECONNREFUSED ::1:80; Error: late)',
    )
    const many = Array.from({ length: 9 }, (_, i) => new Error(`no. ${i}`))
    expect(errorLine(new AggregateError(many, 'all failed'))).toContain('Error: no. 4; 4 more)')
  })

  class ImportError extends AggregateError {
    override readonly name = 'ImportError'
  }
  class Failure {}
  const refused = coded('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED')
  const closed = new TypeError('fetch failed', { cause: refused })
  it.each<[string, unknown, string]>([
    ['a class of aggregates', new ImportError([coded('row 5', 'E1')], 'no'), 'ImportError: no (Error E1: row 5)'],
    [
      'an error while another one ended a block (using)',
      new SuppressedError(new Error('close'), new Error('work'), 'suppressed'),
      'SuppressedError: suppressed (cause: Error: work; Error: close)',
    ],
    [
      'a list of plain errors, as GraphQL has it',
      Object.assign(new Error('GraphQL failed'), { errors: [{ message: 'no such user' }] }),
      'Error: GraphQL failed ({"message":"no such user"})',
    ],
    [
      'a library with a field of its own',
      Object.assign(new Error('outer'), { originalError: closed }),
      'Error: outer (cause: TypeError: fetch failed (cause: Error: connect ECONNREFUSED 10.0.0.1:443))',
    ],
    ['a number of gRPC', Object.assign(new Error('unavailable'), { code: 14 }), 'Error code 14: unavailable'],
    [
      'an HTTP client that keeps the answer',
      Object.assign(new Error('no'), { response: { status: 503, data: { password: 'p' } } }),
      'Error HTTP 503: no',
    ],
    ['a timeout', new DOMException('timed out', 'TimeoutError'), 'TimeoutError: timed out'],
    [
      'an object around an error',
      { error: closed },
      'Thrown: {"error":"TypeError: fetch failed (cause: Error: connect ECONNREFUSED 10.0.0.1:443)"}',
    ],
    ['a list of errors', [new Error('a'), new Error('b')], 'Thrown: ["Error: a","Error: b"]'],
    ['an object of a class', new Failure(), 'Thrown: Failure {}'],
    [
      'an error without a message',
      new Error('', { cause: coded('', 'ECONNRESET') }),
      'Error (cause: Error ECONNRESET)',
    ],
  ])('has what tells of %s', (_, thrown, line) => {
    expect(errorLine(thrown)).toBe(line)
  })

  it('has the name and the HTTP status of an error of an AWS SDK', () => {
    const $metadata = { httpStatusCode: 400 }
    const thrown = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata })
    expect(errorLine(thrown)).toBe('ThrottlingException HTTP 400: Rate exceeded')
  })

  it('keeps the cause of a very long message', () => {
    const line = errorLine(new Error('x'.repeat(50_000), { cause: new Error('the cause') }))
    expect(line.length).toBeLessThanOrEqual(1_000)
    expect(line).toContain('the cause')
  })

  it('shows a thrown object as JSON, without what is secret', () => {
    expect(errorLine({ status: 429 })).toBe('Thrown: {"status":429}')
    const headers = { authorization: 'Bearer abc' }
    const line = errorLine({ status: 401, config: { headers, apiKey: 'k' }, setCookie: 's', password: 'p' })
    expect(line).toBe(
      'Thrown: {"status":401,"config":{"headers":"[redacted]","apiKey":"[redacted]"},"setCookie":"[redacted]","password":"[redacted]"}',
    )
    expect(errorLine(new Response('', { status: 503 }))).toContain('503')
    expect(errorLine(Object.assign(new Error('no'), { config: { headers } }))).toBe('Error: no')
  })

  it('has no credentials that stand in a message or an address', () => {
    const line = errorLine(
      new Error('GET https://ann:secret@a.example/ with authorization: Bearer abcdefghijkl failed'),
    )
    expect(line).toBe('Error: GET https://[redacted]@a.example/ with authorization: Bearer [redacted] failed')
  })

  it('is redacted in every part, before it is cut', () => {
    const error = new Error('a'.repeat(490), { cause: new Error('no such user ann@example.com') })
    expect(errorLine(error, (text) => text.replaceAll('ann@example.com', '[redacted]'))).not.toContain('ann')
  })

  it('survives whatever was thrown', () => {
    const circle = new Error('a', { cause: new Error('b') })
    ;(circle.cause as Error).cause = circle
    expect(errorLine(circle)).toBe('Error: a (cause: Error: b)')
    const mined = new Error('x')
    for (const name of ['name', 'message', 'cause', 'code', 'stack', '$metadata', 'errors'])
      Object.defineProperty(mined, name, {
        get: () => {
          throw new Error('mine')
        },
      })
    const no = () => {
      throw new Error('no')
    }
    const proxy = new Proxy({}, { get: no, has: no, ownKeys: no, getPrototypeOf: no, getOwnPropertyDescriptor: no })
    const itself: Record<string, unknown> = { toJSON: no, toString: no }
    itself.itself = itself
    for (const thrown of [
      mined,
      proxy,
      itself,
      Object.create(null),
      Symbol('s'),
      5n,
      null,
      Number.NaN,
      new AggregateError([mined, proxy]),
    ]) {
      expect(errorLine(thrown)).toMatch(/^(Thrown: |\w+)/)
      expect(faultDetails(thrown).reason).toBe(errorLine(thrown))
    }
  })
})

describe('errors in a group', () => {
  it('differ by their causes', () => {
    const failed = (message: string) =>
      groupedError(errorLine(new TypeError('fetch failed', { cause: new Error(message) })))
    expect(failed('connect ECONNREFUSED 10.0.0.1:443')).not.toBe(failed('certificate has expired'))
    expect(failed('connect ECONNREFUSED 10.0.0.1:443')).not.toBe(failed('connect ECONNREFUSED 10.0.0.1:8080'))
    expect(groupedError(errorLine({ status: 429 }))).not.toBe(groupedError(errorLine({ status: 500 })))
  })

  it('differ by their causes, however an error wraps the other', () => {
    const wraps: ((inner: unknown) => unknown)[] = [
      (inner) => new TypeError('fetch failed', { cause: inner }),
      (inner) => new Error(`sending failed ${'x'.repeat(5_000)}`, { cause: inner }),
      (inner) => new AggregateError([new Error('other'), inner]),
      (inner) => Object.assign(new Error('failed'), { originalError: inner }),
      (inner) => new SuppressedError(new Error('close'), inner),
      (inner) => ({ ok: false, error: inner }),
      (inner) => [inner],
    ]
    const leaves = [
      coded('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'),
      coded('certificate has expired', 'CERT_HAS_EXPIRED'),
      Object.assign(new Error('failed'), { status: 429 }),
      Object.assign(new Error('failed'), { status: 503 }),
      Object.assign(new Error('failed'), { code: 14 }),
      new RangeError('failed'),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...wraps), { maxLength: 3 }),
        fc.uniqueArray(fc.constantFrom(...leaves), { minLength: 2, maxLength: 2 }),
        (around, pair) => {
          const [a, b] = pair.map((leaf) =>
            groupedError(errorLine(around.reduce((inner, wrap) => wrap(inner), leaf as unknown))),
          )
          expect(a).not.toBe(b)
        },
      ),
    )
  })

  it.each([
    ['connect ECONNREFUSED 10.0.3.17:443', 'connect ECONNREFUSED 10.0.4.18:443'],
    ['connect EHOSTUNREACH 2600:1f18::5:443', 'connect EHOSTUNREACH 2600:1f18::77:443'],
    ['late at 2026-11-27T10:00:00.123Z', 'late at 2026-11-28T00:00:00Z'],
    ['request 01ARZ3NDEKTSV4RRFFQ69G5FAV failed', 'request 01ARZ3NDEKTSV4RRFFQ69G5FAX failed'],
    ['no user ann@example.com', 'no user bob@example.com'],
  ])('are one where only the machine, the time or the id differs: %s', (a, b) => {
    expect(groupedError(a)).toBe(groupedError(b))
  })
})
