/** Routes as data: what a request must have, what is answered, and either a command or a handler. */
import type { ZodObject, ZodType } from 'zod'
import type { Command } from '../../shared/define/command.ts'
import { DefinitionError } from '../../shared/define/errors.ts'
import {
  aFunction,
  anObject,
  aSchema,
  checked,
  made,
  oneOf,
  optional,
  type Rule,
  type Rules,
  text,
  whole,
} from '../../shared/define/options.ts'
import type { RouteAccess } from './access.ts'
import type { Answer } from './answer.ts'
import type { OperatorServices, RouteServices } from './deps.ts'
import { created, refusal } from './result-answer.ts'
import type { RouteRequest } from './route-request.ts'

/** The part of a route that every kind of route has. */
export interface RouteDescription {
  /** HTTP method. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path, with a colon before each parameter: `/orders/:id`. */
  readonly path: `/${string}`
  /**
   * Callers of the route. With tokens, a route for viewers or operators needs the scope `viewerScope` or `operatorScope` of
   * the stage. With IAM, grant `execute-api:Invoke` on the route to the roles that may call it.
   */
  readonly access: RouteAccess
  /** Summary for the OpenAPI document, in one line. */
  readonly summary: string
  /**
   * Restricts the route to stages with `probes: true`.
   * @default false
   */
  readonly diagnostic?: boolean
  /**
   * Statuses of error answers for the OpenAPI document, in addition to those that follow from the route itself.
   * @default - none
   */
  readonly errors?: readonly number[]
}

/** The answer of a route to a request that succeeds. */
export interface RouteSuccess<R = unknown> {
  /** HTTP status. */
  readonly status: 200 | 201 | 202 | 204
  /**
   * Other status of a success with the same body, for the OpenAPI document.
   * @default - none
   */
  readonly orStatus?: 200 | 201 | 202
  /**
   * Schema of the body, for the OpenAPI document and the type of the answer. The body is not checked against it.
   * @default - no body
   */
  readonly schema?: ZodType<R>
  /**
   * Reads the header `Idempotency-Key`, so that a retry with the same key commits nothing again.
   * @default false
   */
  readonly idempotent?: boolean
}

/** A route of the API, as the router and the OpenAPI document read it. @typeParam D services of its handler */
export interface Route<D = RouteServices> extends RouteDescription {
  /**
   * Schema of the parameters in the path.
   * @default - the path has no parameters
   */
  readonly params?: ZodType
  /**
   * Schema of the query.
   * @default - the query is ignored
   */
  readonly query?: ZodType
  /**
   * Schema of the JSON body.
   * @default - the body is ignored
   */
  readonly body?: ZodType
  /** Answer to a request that succeeds. */
  readonly success: RouteSuccess
  /** Answers a request. */
  handle(request: RouteRequest, services: D): Promise<Answer> | Answer
}

/** A route with a handler, which gets the parsed values of the request. */
export interface HandlerRoute<P, Q, B, R, D> extends RouteDescription {
  /**
   * Schema of the parameters in the path: an object with a text for each.
   * @default - the path has no parameters
   */
  readonly params?: ZodType<P>
  /**
   * Schema of the query. Its values arrive as text. A query that does not fit gets 422.
   * @default - the query is ignored
   */
  readonly query?: ZodType<Q>
  /**
   * Schema of the JSON body. A body that does not fit gets 422.
   * @default - the body is ignored
   */
  readonly body?: ZodType<B>
  /** Answer to a request that succeeds. */
  readonly success: RouteSuccess<R>
  /**
   * Answers a request with parsed values.
   *
   * @throws ChangeRefusedError for 422; any other error becomes 500, or 503 if DynamoDB or SQS throttles
   */
  handle(request: RouteRequest<P, Q, B>, services: D): Promise<Answer<NoInfer<R>>> | Answer<NoInfer<R>>
}

/** A route that executes a command. It answers 201 with the record, also to a retry with the same Idempotency-Key. */
export interface CommandRoute extends RouteDescription {
  readonly method: 'POST'
  /** Command to execute. Its input is the body, and the record that it creates is the answer. */
  readonly command: Command
  /** Detail of the 409 answer when a record that must be new exists: `This order exists already.` */
  readonly conflict: string
}

/**
 * Defines a route of your application. A route has a command or a handler. The prop `routes` of `OutboxRelay` serves it.
 *
 * @throws DefinitionError when the module is loaded: an option is missing, unknown or out of range, or `params` and the path
 *   do not name the same parameters
 * @example
 * route({
 *   method: 'POST',
 *   path: '/orders',
 *   access: 'caller',
 *   summary: 'Create an order',
 *   command: createOrder,
 *   conflict: 'It exists already.',
 * })
 * @example
 * route({
 *   method: 'GET',
 *   path: '/orders/:id',
 *   access: 'caller',
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
  return checkedRoute(isCommandRoute(definition) ? commandRoute(definition) : definition)
}

/** Defines a route for operators. */
export function operatorRoute<P = undefined, Q = undefined, B = undefined, R = unknown>(
  definition: HandlerRoute<P, Q, B, R, OperatorServices>,
): Route<OperatorServices> {
  return checkedRoute(definition as Route<OperatorServices>)
}

function isCommandRoute(definition: CommandRoute | Route): definition is CommandRoute {
  return anObject.is(definition) && 'command' in definition
}

function commandRoute(definition: CommandRoute): Route {
  const { command, conflict, ...described } = checked('Route', definition, commandRules, 'path')
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

const status = (...allowed: readonly number[]): Rule => ({
  mustBe: allowed.join(' or '),
  is: (value) => allowed.includes(value as number),
})

/** The rules for the options of every route. */
const describedRules: Rules<RouteDescription> = {
  method: oneOf('GET', 'POST', 'DELETE'),
  path: text(/^\/[^\s?#]*$/, 'a path such as "/orders/:id"'),
  access: oneOf('caller', 'viewer', 'operator'),
  summary: text(/./, 'text'),
  diagnostic: optional({ mustBe: 'true or false', is: (value) => typeof value === 'boolean' }),
  errors: optional({
    mustBe: 'a list of HTTP statuses from 400 to 599',
    is: (value) => Array.isArray(value) && value.every((one) => whole(400, 599).is(one)),
  }),
}

const handlerRules: Rules<Route<never>> = {
  ...describedRules,
  params: optional(aSchema),
  query: optional(aSchema),
  body: optional(aSchema),
  success: anObject,
  handle: aFunction,
}

const commandRules: Rules<CommandRoute> = {
  ...describedRules,
  method: oneOf('POST'),
  command: made('defineCommand', 'input', 'creates', 'change'),
  conflict: text(/./, 'text'),
}

const successRules: Rules<RouteSuccess> = {
  status: status(200, 201, 202, 204),
  orStatus: optional(status(200, 201, 202)),
  schema: optional(aSchema),
  idempotent: optional({ mustBe: 'true or false', is: (value) => typeof value === 'boolean' }),
}

function checkedRoute<D>(definition: Route<D>): Route<D> {
  const route = checked('Route', definition, handlerRules as unknown as Rules<Route<D>>, 'path')
  checked(`Route "${route.path}", success`, route.success, successRules)
  const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name).sort()
  const declared = Object.keys((route.params as ZodObject | undefined)?.shape ?? {}).sort()
  if (named.join() === declared.join()) return route
  throw new DefinitionError(
    `Route ${route.method} ${route.path}: its path has the parts "${named.join(', ')}", and its params "${declared.join(', ')}"; name the same in both.`,
  )
}
