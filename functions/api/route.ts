/** Routes as data: what a request must have, what is answered, and either a command or a handler. */
import type { ZodObject, ZodType } from 'zod'
import type { Command } from '../../shared/define/command.ts'
import { DefinitionError } from '../../shared/define/errors.ts'
import type { Answer } from './answer.ts'
import type { OperatorServices, RouteServices } from './deps.ts'
import { created, refusal } from './result-answer.ts'
import type { RouteRequest } from './route-request.ts'

/** What every route says of itself. */
export interface RouteDescription {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/orders/:id` */
  readonly path: `/${string}`
  /** One line for the OpenAPI document. */
  readonly summary: string
  /** Whether only stages with `probes: true` have the route. @default false */
  readonly diagnostic?: boolean
  /** Statuses of error answers, next to those that every route has. @default - none */
  readonly errors?: readonly number[]
}

/** The answer to a request that succeeds. */
export interface RouteSuccess<R = unknown> {
  readonly status: 200 | 201 | 202 | 204
  /** The body. @default - none */
  readonly schema?: ZodType<R>
  /** Whether a retry with the same Idempotency-Key is harmless. @default false */
  readonly idempotent?: boolean
}

/** A route of the API, as the router and the OpenAPI document read it. @typeParam D what its handler may use */
export interface Route<D = RouteServices> extends RouteDescription {
  readonly params?: ZodType
  readonly query?: ZodType
  readonly body?: ZodType
  readonly success: RouteSuccess
  handle(request: RouteRequest, services: D): Promise<Answer> | Answer
}

/** A route with a handler, which gets the parsed values of the request. */
export interface HandlerRoute<P, Q, B, R, D> extends RouteDescription {
  /** The parts of the path that begin with a colon. @default - none */
  readonly params?: ZodType<P>
  /** @default - the query is ignored */
  readonly query?: ZodType<Q>
  /** @default - the body is ignored */
  readonly body?: ZodType<B>
  readonly success: RouteSuccess<R>
  handle(request: RouteRequest<P, Q, B>, services: D): Promise<Answer<NoInfer<R>>> | Answer<NoInfer<R>>
}

/** A route that executes a command. It answers 201 with the record, also to a retry with the same Idempotency-Key. */
export interface CommandRoute extends RouteDescription {
  readonly method: 'POST'
  /** Its `input` is the body, and the record that it creates is the answer. */
  readonly command: Command
  /** Detail of the 409 answer when a record that must be new exists: `This order exists already.` */
  readonly conflict: string
}

/**
 * Defines a route of a business.
 *
 * @throws DefinitionError when `params` does not name the parts of the path
 * @example
 * route({ method: 'POST', path: '/orders', summary: 'Create an order', command: createOrder, conflict: 'It exists already.' })
 * @example
 * route({
 *   method: 'GET',
 *   path: '/orders/:id',
 *   summary: 'Get an order',
 *   params: z.object({ id: z.string() }),
 *   success: { status: 200, schema: order.schema },
 *   errors: [404],
 *   async handle({ params: { id } }, { records }) {
 *     const found = await records.get(order, { id })
 *     return found ? { status: 200, body: found } : notFound(`order "${id}"`)
 *   },
 * })
 */
export function route(definition: CommandRoute): Route
export function route<P = undefined, Q = undefined, B = undefined, R = unknown>(
  definition: HandlerRoute<P, Q, B, R, RouteServices>,
): Route
export function route(definition: CommandRoute | Route): Route {
  return checked('command' in definition ? commandRoute(definition) : definition)
}

/** Defines a route for operators. */
export function operatorRoute<P = undefined, Q = undefined, B = undefined, R = unknown>(
  definition: HandlerRoute<P, Q, B, R, OperatorServices>,
): Route<OperatorServices> {
  return checked(definition as Route<OperatorServices>)
}

function commandRoute({ command, conflict, ...described }: CommandRoute): Route {
  return {
    ...described,
    errors: [409, ...(described.errors ?? [])],
    body: command.input,
    success: { status: 201, schema: command.creates.schema, idempotent: true },
    async handle(request, { execute }) {
      const result = await execute(command, request.body)
      if (result.kind !== 'committed' && result.kind !== 'replayed') return refusal(result, conflict)
      return created(request, result.kind, result.record)
    },
  }
}

function checked<D>(route: Route<D>): Route<D> {
  const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name).sort()
  const declared = Object.keys((route.params as ZodObject | undefined)?.shape ?? {}).sort()
  if (named.join() === declared.join()) return route
  throw new DefinitionError(
    `Route ${route.method} ${route.path}: its path has the parts "${named.join(', ')}", and its params "${declared.join(', ')}"; name the same in both.`,
  )
}
