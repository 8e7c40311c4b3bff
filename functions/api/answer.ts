/** Answers of routes. */
import type { Problem } from '../../shared/outbox/job-problem.ts'

/** The answer of a route. @typeParam T type of the body */
export interface Answer<T = unknown> {
  /** HTTP status. */
  readonly status: number
  /**
   * Body, which is sent as JSON.
   * @default - no body
   */
  readonly body?: T
  /**
   * Headers, in lower case, in addition to `content-type` and `cache-control: no-store`.
   * @default - none
   */
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/**
 * Creates an error answer in the form of RFC 9457. Any handler may return it, whatever the schema of its success is.
 *
 * @param detail sentence that tells the caller what is wrong and what to do
 * @example
 * return problem(409, 'This order is paid. Cancel it before you change it.')
 */
export function problem(
  status: number,
  detail: string,
  errors?: readonly Problem[],
  headers: Answer['headers'] = {},
): Answer<never> {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: {
      type: 'about:blank',
      title: titles[status] ?? 'Error',
      status,
      detail,
      errors,
    } as never,
  }
}

/**
 * Creates the answer 404 for something that does not exist.
 *
 * @example
 * return notFound(`order "${id}"`)
 */
export function notFound(what: string): Answer<never> {
  return problem(404, `There is no ${what}.`)
}

/**
 * Creates the answer 422 for a body with invalid values that the route's schema cannot find.
 *
 * @example
 * return badBody([{ path: 'email', message: 'belongs to another customer' }])
 */
export function badBody(errors: readonly Problem[]): Answer<never> {
  return problem(422, 'The body does not fit: see errors.', errors)
}

/**
 * Creates the answer 422 for a query with invalid values that the route's schema cannot find.
 *
 * @example
 * return badQuery([{ path: 'until', message: 'must be after since' }])
 */
export function badQuery(errors: readonly Problem[]): Answer<never> {
  return problem(422, 'The query does not fit: see errors.', errors)
}

/** 503 when the tables or queues are too busy: the caller should retry. */
export function busy(): Answer<never> {
  return problem(
    503,
    'The service is busy and could not finish the request in time. Send it again after the time in Retry-After; with an Idempotency-Key, that is safe.',
    undefined,
    { 'retry-after': '2' },
  )
}

/** 503 when an answer of the tables was lost: nobody knows whether the change is written. */
export function unknown(): Answer<never> {
  return problem(
    503,
    'The request may have been carried out, or not: an answer of the database was lost. Send it again with the same Idempotency-Key after the time in Retry-After. Without a key, first check whether it was carried out.',
    undefined,
    { 'retry-after': '2' },
  )
}
