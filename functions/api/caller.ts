/** Who calls, as the gateway has verified it, and what the caller sent to have the request recognized. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { validTraceparent } from '../../shared/lib/traceparent.ts'

/** An IAM ARN, issuer and subject of a token, or `anonymous`. */
export function callerOf(event: APIGatewayProxyEventV2): string {
  const { authorizer } = event.requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { iss?: string; sub?: string } } }
  }
  const { iam, jwt } = authorizer ?? {}
  return iam?.userArn ?? (jwt?.claims?.sub ? `${jwt.claims.iss}#${jwt.claims.sub}` : 'anonymous')
}

/**
 * The owner of the caller's idempotency keys; keeps one caller's keys from another's. The session of an assumed role is not
 * part of it: a service has another session in each task and after each restart, and must find its key again in a retry.
 */
export function keyOwnerOf(event: APIGatewayProxyEventV2): string {
  return callerOf(event).replace(/^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.*$/, '$1')
}

/** The W3C trace context of the caller, if it sent a valid one. */
export function traceparentOf(event: APIGatewayProxyEventV2): string | undefined {
  return validTraceparent(event.headers.traceparent)
}
