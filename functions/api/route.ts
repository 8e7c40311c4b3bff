import type { ZodType } from 'zod'
import type { Answer } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import type { ApiRequest } from './request.ts'

/** One route of the API: what it does, and what the OpenAPI document says of it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/orders/:id` */
  readonly path: `/${string}`
  readonly summary: string
  /** Whether only stages with `probes: true` have it. @default false */
  readonly diagnostic?: boolean
  readonly body?: ZodType
  readonly query?: ZodType
  readonly success: {
    readonly status: 200 | 201 | 202 | 204
    readonly schema?: ZodType
    /** Whether an Idempotency-Key makes a repetition harmless. @default false */
    readonly idempotent?: boolean
  }
  /** Statuses of problems, beside those that every route has. */
  readonly errors?: readonly number[]
  answer(deps: ApiDeps, request: ApiRequest): Promise<Answer> | Answer
}

/** Defines a route. */
export function route(definition: Route): Route {
  return definition
}
