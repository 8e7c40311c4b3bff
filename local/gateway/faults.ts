import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Caller, Functions, RouteHandler } from '../types.ts'
import type { AwsError } from './answer.ts'

/**
 * A fault rule, in the shape of LocalStack's Chaos API. What is left out matches everything; the first rule that matches decides.
 *
 * Ours beyond LocalStack:
 * - `match`: text that must occur in the request body.
 * - `when: 'after'`: the service does what it was asked, and only the answer is lost, so the caller cannot know the outcome.
 * - `error.message`: what the service says.
 * - `error.code: 'ConnectionReset'`: no answer at all, the connection is dropped.
 * - `kill: true`: the process that makes the call is killed (`kill -9`), `before` the service has done anything or `after` it has
 *   done it all. For a function that is its own process; for an event source mapping, whose poller is part of it, the whole
 *   stack. Calls of others, and invocations, meet no such rule.
 * - `times`: after it was played so often, the rule is spent and matches nothing.
 * - `name`: under which `/_local/faults` counts it.
 * - `{service: 'lambda', operation: 'Invoke'}`: invocations, matched on the event; `TooManyRequestsException` throttles.
 * - `{service: 'sqs', operation: 'ReceiveMessage', error: {code: 'DeliverTwice'}}`: what the call receives from a standard queue is
 *   delivered once more with the next receive. `code: 'Reorder'`: it is delivered in another order. FIFO queues are left alone.
 * - `{service: 'sqs', operation: 'ReceiveMessage', match: '/<queue>"', error: {code: 'OverLimit'}, quota: 100}`: the queue has so many
 *   messages in flight at most (on AWS 120,000). Beyond that a short poll of a standard queue fails, all others find nothing.
 * - `{service: 'sqs', operation: 'SendMessageBatch', error: {code: 'RefuseSome'}}`: every second message is taken; the others are
 *   in the answer's `Failed`.
 */
const ruleSchema = z.strictObject({
  service: z.string().optional(),
  operation: z.string().optional(),
  region: z.string().optional(),
  probability: z.number().min(0).max(1).optional(),
  error: z
    .strictObject({
      statusCode: z.int().min(400).max(599).optional(),
      code: z.string().min(1).optional(),
      message: z.string().min(1).optional(),
    })
    .optional(),
  match: z.string().optional(),
  when: z.enum(['before', 'after']).optional(),
  kill: z.literal(true).optional(),
  times: z.int().min(1).optional(),
  quota: z.int().min(0).optional(),
  name: z.string().min(1).optional(),
})

export type FaultRule = z.infer<typeof ruleSchema>

export interface Fault extends AwsError {
  readonly when: 'before' | 'after'
  /** The caller's process dies instead of getting an answer. */
  readonly kill: boolean
  /** Messages in flight, beyond which a receive gets none. */
  readonly quota?: number
}

/** What a rule can match. */
interface Target {
  readonly service: string
  readonly operation: string
  readonly region?: string
  /** The request as text. */
  readonly text: string
  readonly caller?: Caller
}

export interface Faults {
  /** The fault to play for this request, if one. */
  pick(target: Target): Fault | undefined
}

interface FaultRoutes {
  readonly routes: Record<string, RouteHandler>
  /** How often each fault was played: `{played: {"ses.SendEmail MessageRejected": 3}}`. */
  readonly playedRoute: RouteHandler
}

/** `random` yields numbers from 0 up to 1. */
export function createFaults(random: () => number = Math.random): Faults & FaultRoutes {
  let rules: readonly FaultRule[] = []
  const played = new Map<string, number>()
  const plays = new WeakMap<FaultRule, number>()
  const change =
    (next: (sent: readonly FaultRule[]) => readonly FaultRule[]): RouteHandler =>
    async ({ body }) => {
      const parsed = z.array(ruleSchema).safeParse(body ?? [])
      if (!parsed.success)
        return { status: 400, body: { message: `Not fault rules: ${z.prettifyError(parsed.error)}` } }
      rules = next(parsed.data)
      return { status: 200, body: rules }
    }
  const applies = (rule: FaultRule, target: Target) =>
    (['service', 'operation', 'region'] as const).every(
      (key) => rule[key] === undefined || rule[key] === target[key],
    ) &&
    (rule.match === undefined || target.text.includes(rule.match)) &&
    (!rule.kill || isMortal(target.caller)) &&
    (rule.times === undefined || (plays.get(rule) ?? 0) < rule.times) &&
    (rule.probability === undefined || random() < rule.probability)

  return {
    pick(target) {
      const rule = rules.find((candidate) => applies(candidate, target))
      if (!rule) return undefined
      plays.set(rule, (plays.get(rule) ?? 0) + 1)
      const { statusCode: status = 503, code = 'ServiceUnavailable', message = said(code) } = rule.error ?? {}
      const { when = 'before', kill = false } = rule
      const name = rule.name ?? nameOf(target, kill ? 'kill' : code, when)
      played.set(name, (played.get(name) ?? 0) + 1)
      return { status, code, message, when, kill, ...(rule.quota !== undefined && { quota: rule.quota }) }
    },
    playedRoute: async () => ({ status: 200, body: { played: Object.fromEntries(played) } }),
    routes: {
      GET: async () => ({ status: 200, body: rules }),
      POST: change((sent) => sent),
      PATCH: change((sent) => [...rules, ...sent]),
      // Without a body all rules go, else those that are sent.
      DELETE: async (request) =>
        change((sent) =>
          request.body === undefined ? [] : rules.filter((rule) => !sent.some((gone) => isDeepStrictEqual(gone, rule))),
        )(request),
    },
  }
}

const isMortal = (caller: Caller | undefined) => caller?.kind === 'function' || caller?.kind === 'mapping'

const nameOf = ({ service, operation }: Target, what: string, when: 'before' | 'after') =>
  `${service}.${operation} ${what}${when === 'after' ? ' (after)' : ''}`

/** Invocations with faults: `before` the function does not run, `after` it runs and its result is lost. */
export function withFaults(functions: Functions, faults: Faults): Functions {
  return {
    ...functions,
    async invoke(functionName, event) {
      const fault = faults.pick({ service: 'lambda', operation: 'Invoke', text: JSON.stringify(event) ?? '' })
      if (!fault) return functions.invoke(functionName, event)
      const durationMs = fault.when === 'after' ? (await functions.invoke(functionName, event)).durationMs : 0
      const reason = fault.code === 'TooManyRequestsException' ? 'throttled' : 'error'
      return { ok: false, reason, errorType: fault.code, errorMessage: fault.message, durationMs }
    },
  }
}

function said(code: string): string {
  return `A fault rule of this endpoint says so (${code}).`
}
