import type { Answer } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import type { ApiRequest } from './request.ts'

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/orders/:id` */
  readonly path: `/${string}`
  answer(deps: ApiDeps, request: ApiRequest): Promise<Answer> | Answer
}
