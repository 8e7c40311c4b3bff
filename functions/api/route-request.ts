/** A request, as the handler of a route gets it: parsed by the schemas of the route. */
import type { EncryptionContext } from '../../shared/define/services.ts'
import type { CommandRequest } from '../../shared/outbox/commit-request.ts'
import type { Page } from './page.ts'

/** A request, as the handler of a route gets it. */
export interface RouteRequest<P = unknown, Q = unknown, B = unknown> extends CommandRequest {
  /** The path of the route: `/orders`. */
  readonly path: string
  /** The parts of the path, parsed with the route's `params`. */
  readonly params: P
  /** The query, parsed with the route's `query`. */
  readonly query: Q
  /** The body, parsed with the route's `body`. */
  readonly body: B
  /** The page of the list, where the query has a `cursor`. */
  readonly page: Page
  /** The caller, as the gateway has verified it: an IAM ARN, issuer and subject of a token, or `anonymous`. */
  readonly caller: string
  /**
   * An encryption context that only a retry with the same Idempotency-Key has again. Seal with it what a retry must be
   * answered, and nobody else may open. @default undefined without an Idempotency-Key
   */
  readonly retryContext: EncryptionContext | undefined
}
