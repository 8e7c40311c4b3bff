/** Answers to a request that committed a change, or did not. */
import type { NotCommitted } from '../../shared/outbox/command-result.ts'
import { type Answer, busy, problem, unknown } from './answer.ts'
import type { RouteRequest } from './route-request.ts'

/**
 * Creates the answer to a request that committed nothing: 409, 410, 422 or 503.
 *
 * @param conflict detail of the 409, when a record that must be new exists
 * @example
 * const result = await execute(createOrder, body)
 * if (result.kind !== 'committed' && result.kind !== 'replayed') return refusal(result, 'This order exists already.')
 */
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

/**
 * Creates the answer 201 for the record that the request has created. `Location` is the path of the route and the id of the
 * request, so the path must have no parameters. A retry gets the header `Idempotency-Replayed: true`.
 *
 * @param kind kind of the result of `execute` or `commit`
 * @example
 * async function handle(request: RouteRequest<unknown, unknown, NewOrder>, { execute }: RouteServices) {
 *   const result = await execute(createOrder, request.body)
 *   if (result.kind !== 'committed' && result.kind !== 'replayed') return refusal(result, 'This order exists already.')
 *   return created(request, result.kind, result.record)
 * }
 */
export function created<T>({ path, id }: RouteRequest, kind: 'committed' | 'replayed', body: T): Answer<T> {
  return { status: 201, body, headers: { location: `${path}/${id}`, ...(kind === 'replayed' ? replayed : {}) } }
}

/**
 * Creates the answer 202 for the work that the request has started. A retry gets the header `Idempotency-Replayed: true`.
 *
 * @param kind kind of the result of `execute` or `commit`
 * @param headers further headers, in lower case; none by default
 * @example
 * return accepted(result.kind, { id: result.record.id })
 */
export function accepted<T>(kind: 'committed' | 'replayed', body: T, headers: Answer['headers'] = {}): Answer<T> {
  return { status: 202, body, headers: { ...headers, ...(kind === 'replayed' ? replayed : {}) } }
}

const replayed = { 'idempotency-replayed': 'true' } as const
