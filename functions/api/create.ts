/** Creating something on request: once per idempotency key, with all its jobs, or not at all. */
import type { ZodType, z } from 'zod'
import {
  type Command,
  type CommandResult,
  command,
  contextOf,
  type Request,
  requestId,
} from '../../shared/define/command.ts'
import { recordIn, recordWritten } from '../../shared/define/record/item.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import { type Answer, busy, problem, unknown } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import {
  type ApiRequest,
  jsonOf,
  keyOwnerOf,
  type Read,
  readBody,
  readIdempotencyKey,
  traceparentOf,
} from './request.ts'

/**
 * Reads who asks and under which key. What a repetition must equal is the body as it was sent, before any default was filled
 * in: a default may be another by then. Read the body first: one that is not JSON is refused there.
 */
export function readRequest(deps: ApiDeps, { event }: ApiRequest, route: string): Read<Request> {
  const key = readIdempotencyKey(event)
  if (!key.ok) return key
  return {
    ok: true,
    value: {
      id: requestId(deps.ids, route, keyOwnerOf(event), key.value),
      fingerprint: key.value === undefined ? undefined : fingerprint(jsonOf(event)),
      now: deps.clock.now(),
      traceparent: traceparentOf(event),
    },
  }
}

/** The answer to what was not created; `undefined` if it was, now or before. */
export function refusal(result: CommandResult, conflict: string): Answer | undefined {
  if (result.kind === 'busy') return busy()
  if (result.kind === 'unknown') return unknown()
  if (result.kind === 'gone') {
    return problem(
      410,
      'What this Idempotency-Key created has been removed or has expired, and is not created again. Use a new key to create another.',
    )
  }
  if (result.kind === 'conflict') return problem(409, conflict)
  if (result.kind !== 'misused') return undefined
  return problem(422, 'This Idempotency-Key was used before with another body. Use a new key for a new request.', [
    { path: 'Idempotency-Key', message: 'was used with another body' },
  ])
}

export const replayed = { 'idempotency-replayed': 'true' } as const

/** Answers a request with a command: 201 and the record that it created, now or when the key was first used. */
export async function create(
  deps: ApiDeps,
  request: ApiRequest,
  route: string,
  asked: Command,
  conflict: string,
): Promise<Answer> {
  const body = readBody(request.event, asked.input)
  if (!body.ok) return body.answer
  const read = readRequest(deps, request, route)
  return read.ok ? createAs(deps, read.value, route, asked, body.value, conflict) : read.answer
}

/** The same for a request that was read before, because the command needs its id. `body` is the checked body. */
export async function createAs<S extends ZodType>(
  deps: ApiDeps,
  request: Request,
  route: string,
  asked: Command<S>,
  body: z.output<S>,
  conflict: string,
): Promise<Answer> {
  const change = asked.change(body, contextOf(request, deps.ids))
  const result = await command(deps, request, change)
  const refused = refusal(result, conflict)
  if (refused) return refused
  const anchor = change.records?.[0]
  const value =
    result.kind === 'replayed'
      ? recordIn(asked.anchor, result.item)
      : recordWritten(asked.anchor, anchor && 'value' in anchor ? anchor.value : {})
  return {
    status: 201,
    body: value,
    headers: { location: `${route}/${request.id}`, ...(result.kind === 'replayed' ? replayed : {}) },
  }
}
