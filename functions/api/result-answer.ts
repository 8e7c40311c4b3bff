/** Answers to a request that committed a change, or did not. */
import type { NotCommitted } from '../../shared/outbox/command-result.ts'
import { type Answer, busy, problem, unknown } from './answer.ts'
import type { RouteRequest } from './route-request.ts'

/** The answer to a request that committed nothing. @param conflict detail of the 409 when a record that must be new exists */
export function refusal(result: NotCommitted, conflict: string): Answer<never> {
  switch (result.kind) {
    case 'busy':
      return busy()
    case 'unknown':
      return unknown()
    case 'conflict':
      return problem(409, conflict)
    case 'gone':
      return problem(
        410,
        'What this Idempotency-Key created has been removed or has expired, and is not created again. Use a new key to create another.',
      )
    case 'key-reused':
      return problem(422, 'This Idempotency-Key was used before with another body. Use a new key for a new request.', [
        { path: 'Idempotency-Key', message: 'was used with another body' },
      ])
  }
}

/** 201 for what the request has created, with its Location. @param kind of the result of `execute` or `commit` */
export function created<T>({ path, id }: RouteRequest, kind: 'committed' | 'replayed', body: T): Answer<T> {
  return { status: 201, body, headers: { location: `${path}/${id}`, ...(kind === 'replayed' ? replayed : {}) } }
}

/** 202 for what the request has started. @param kind of the result of `execute` or `commit` */
export function accepted<T>(kind: 'committed' | 'replayed', body: T, headers: Answer['headers'] = {}): Answer<T> {
  return { status: 202, body, headers: { ...headers, ...(kind === 'replayed' ? replayed : {}) } }
}

const replayed = { 'idempotency-replayed': 'true' } as const
