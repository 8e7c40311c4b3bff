/** What routes answer. */
import type { Problem } from '../../shared/outbox/job-problem.ts'

export interface Answer<T = unknown> {
  readonly status: number
  /** Sent as JSON. @default - no body */
  readonly body?: T
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
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

/** An error answer in the form of RFC 9457. It can stand in for the answer of any route. */
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
      ...(errors ? { errors } : {}),
    } as never,
  }
}

/** 404 for something that does not exist: `notFound('order "7"')`. */
export function notFound(what: string): Answer<never> {
  return problem(404, `There is no ${what}.`)
}

/** 422 for a body that is JSON but does not fit. */
export function badBody(errors: readonly Problem[]): Answer<never> {
  return problem(422, 'The body does not fit: see errors.', errors)
}

/** 422 for a query that does not fit. */
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
