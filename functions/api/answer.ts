import type { Problem } from '../../shared/outbox/job-problem.ts'

/** What a route answers. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
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

/** An answer that something is wrong, as RFC 9457 has it. */
export function problem(
  status: number,
  detail: string,
  errors?: readonly Problem[],
  headers: Answer['headers'] = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type: 'about:blank', title: titles[status] ?? 'Error', status, detail, ...(errors ? { errors } : {}) },
  }
}

/** The tables or queues are too busy: the caller is to come back. */
export function busy(): Answer {
  return problem(
    503,
    'The service is busy and could not finish the request in time. Send it again after the time in Retry-After; with an Idempotency-Key that can do no harm.',
    undefined,
    { 'retry-after': '2' },
  )
}

/** An answer of the tables was lost: nobody knows whether the change is written. */
export function unknown(): Answer {
  return problem(
    503,
    'The request may have been carried out, and may not: an answer of the database was lost. Send it again with the same Idempotency-Key after the time in Retry-After. Without a key, first look whether it was done.',
    undefined,
    { 'retry-after': '2' },
  )
}

export function notFound(what: string): Answer {
  return problem(404, `There is no ${what}.`)
}
