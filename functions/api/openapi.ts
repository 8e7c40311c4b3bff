/** The OpenAPI 3.1 document, made from the routes themselves, so that it cannot differ from them. */
import * as z from 'zod'
import { type Authorization, scopesFor } from './access.ts'
import type { OperatorServices } from './deps.ts'
import { problemSchema } from './problem-schema.ts'
import type { Route as AnyRoute } from './route.ts'

type Json = Record<string, unknown>

type Route = AnyRoute<OperatorServices>

const meanings: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done; the answer has no body',
  400: 'The request cannot be read',
  401: 'The request has no valid token',
  403: 'The gateway does not know the caller, or the caller may not call this route',
  404: 'Not found',
  409: 'Its state does not allow this',
  410: 'What this Idempotency-Key created is gone',
  413: 'The body exceeds 256 KiB',
  415: 'The body is not JSON in UTF-8, or it is compressed',
  422: 'The request does not fit its schema; each error has its path',
  500: 'A fault in this service',
  503: 'Busy, or an answer of the database was lost; retry after Retry-After, with the same Idempotency-Key',
}

export function openApi(routes: readonly Route[], authorization: Authorization): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, authorization) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Outbox Relay',
      version: '1',
      description: 'Records and the jobs they cause, written together; jobs and what became of them.',
    },
    paths,
    components: { schemas: { Problem: output(problemSchema) }, securitySchemes: schemesOf(authorization) },
  }
}

function operation(route: Route, authorization: Authorization): Json {
  const parameters = [
    ...parametersIn('path', route.params),
    ...parametersIn('query', route.query),
    ...keyParameter(route),
  ]
  return {
    operationId: operationId(route),
    summary: route.summary,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: route.body && {
      required: !route.body.safeParse(undefined).success,
      content: { 'application/json': { schema: input(route.body) } },
    },
    security: security(route, authorization),
    responses: responses(route, authorization),
  }
}

/** A stage with scopes takes tokens, also where they belong to the authorizer of an existing API. */
function schemeOf({ type, scopes }: Authorization): 'token' | 'signature' | undefined {
  if (type === 'none') return undefined
  return scopes ? 'token' : 'signature'
}

const schemes = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'AWS Signature Version 4 for execute-api',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
} as const

function schemesOf(authorization: Authorization): Json | undefined {
  const scheme = schemeOf(authorization)
  return scheme && { [scheme]: schemes[scheme] }
}

/** One of these opens the route: each scope is an alternative. */
function security(route: Route, authorization: Authorization): Json[] | undefined {
  const scheme = schemeOf(authorization)
  if (!scheme) return undefined
  const scopes = authorization.scopes ? scopesFor(route, authorization.scopes) : []
  return scopes.length > 0 ? scopes.map((scope) => ({ [scheme]: [scope] })) : [{ [scheme]: [] }]
}

function responses({ path, success, errors = [], body, query }: Route, authorization: Authorization): Json {
  const content = success.schema ? { content: { 'application/json': { schema: output(success.schema) } } } : {}
  const headers = success.idempotent ? { headers: replayHeader } : {}
  // A value that is too long to be of anything is 404 on every path that takes one.
  const unknown = path.includes(':') ? [404] : []
  const statuses = new Set([
    400,
    ...refusals[schemeOf(authorization) ?? 'open'],
    ...unknown,
    ...errors,
    ...(success.idempotent && success.status === 201 ? [410] : []),
    ...(body ? [413, 415, 422] : []),
    ...(query ? [422] : []),
    500,
    503,
  ])
  const successes = [success.status, ...(success.orStatus ? [success.orStatus] : [])]
  return {
    ...Object.fromEntries(
      successes.map((status) => [status, { description: meanings[status], ...headers, ...content }]),
    ),
    ...Object.fromEntries(
      [...statuses].map((status) => [
        status,
        {
          description: meanings[status],
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
    ),
  }
}

const refusals = { token: [401, 403], signature: [403], open: [] } as const

const replayHeader = {
  'Idempotency-Replayed': { description: 'true when this answers a retry', schema: { type: 'string' } },
}

/** The parameters that stand in one place of a request. */
function parametersIn(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = input(schema) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
  }))
}

function keyParameter({ success }: Route): Json[] {
  if (!success.idempotent) return []
  const schema = { type: 'string', minLength: 1, maxLength: 255 }
  const description = 'The same key and body get the first answer again; the same key with another body is refused.'
  return [{ name: 'Idempotency-Key', in: 'header', required: false, description, schema }]
}

/** `postJobsIdCancel` */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function input(schema: z.ZodType): Json {
  return jsonSchema(schema, 'input')
}

function output(schema: z.ZodType): Json {
  return jsonSchema(schema, 'output')
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}
