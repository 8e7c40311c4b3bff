import type { Api, StackModel } from '../model.ts'
import type { Answer } from './answer.ts'
import type { IamCaller } from './iam.ts'
import type { ApiRequest } from './request.ts'
import type { RouteMatch } from './routes.ts'
import type { Signature } from './signature.ts'

/** What differs between an HTTP API and a REST API: the event, the answer, and what the gateway itself answers. */
export interface Dialect {
  readonly says: Readonly<Record<Situation, Answer>>
  /** What it answers to a signature of another value than its own. */
  wrongSignature(own: Signature): Answer
  /** The longest that an integration may take, in ms. */
  readonly longestIntegrationMs: number
  /** What the function is invoked with. */
  eventOf(
    model: StackModel,
    api: Api,
    request: ApiRequest,
    match: RouteMatch,
    authorizer: Authorized | undefined,
  ): object
  /** The answer that a function's payload stands for, or in words why it stands for none. */
  answerOf(payload: unknown, request: ApiRequest, api: Api): Answer | string
  /** Headers by which a request is found in the log. */
  requestIdHeaders(requestId: string): Readonly<Record<string, string>>
  /** Under what CloudWatch counts requests: for the API, and for its stage. */
  dimensionsOf(api: Api): readonly Readonly<Record<string, string>>[]
  readonly errorMetrics: { readonly client: string; readonly server: string }
}

/** Who an authorizer found the caller to be. */
export interface Authorized {
  readonly iam?: IamCaller
  readonly jwt?: object
}

export type Situation =
  | 'badPath'
  | 'noStage'
  | 'noRoute'
  | 'tooLarge'
  | 'throttled'
  | 'unsigned'
  | 'forbidden'
  /** The API may not invoke the function, or there is none. */
  | 'misconfigured'
  /** The function threw, died, or gave no answer that can be read. */
  | 'functionFailed'
  | 'functionThrottled'
  | 'late'
