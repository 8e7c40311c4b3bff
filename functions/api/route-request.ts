/** A request, as the handler of a route gets it: parsed by the schemas of the route. */
import type { EncryptionContext } from '../../shared/define/services.ts'
import type { CommandRequest } from '../../shared/outbox/commit-request.ts'
import type { Page } from './page.ts'

/** A request, as the handler of a route gets it. */
export interface RouteRequest<P = unknown, Q = unknown, B = unknown> extends CommandRequest {
  /** Path of the route as it is defined: `/orders/:id`. */
  readonly path: string
  /** Parameters in the path, parsed with the route's `params`. */
  readonly params: P
  /** Query, parsed with the route's `query`. */
  readonly query: Q
  /** Body, parsed with the route's `body`. */
  readonly body: B
  /** Requested page of the list, if the query has a `cursor`. */
  readonly page: Page
  /** Caller, as the gateway has verified it: an IAM ARN, `<issuer>#<subject>` of a token, or `anonymous`. */
  readonly caller: string
  /**
   * Encryption context that only a retry with the same Idempotency-Key has again; `undefined` without a key. Seal with it a
   * secret that a retry must get and nobody else may open.
   */
  readonly retryContext: EncryptionContext | undefined
}
