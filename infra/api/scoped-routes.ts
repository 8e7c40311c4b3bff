import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import { type AccessRule, scopesFor } from '../../functions/api/access.ts'
import { ConfigError } from '../config/config-error.ts'
import { scopesOf } from '../config/scopes.ts'
import type { StageConfig } from '../config/stage-config.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import { outboxRoutes } from './outbox-routes.ts'

/** Returns the routes that need a scope, with the scopes of which a token needs one. API Gateway checks only tokens of a JWT authorizer. */
export function scopedRoutes(
  config: StageConfig,
  authorizer: IHttpRouteAuthorizer,
): (AccessRule & { readonly scopes: readonly string[] })[] {
  const scopes = scopesOf(config)
  if (!scopes || typeOf(authorizer) !== 'JWT') return []
  return outboxRoutes
    .map((route) => ({ ...route, scopes: scopesFor(route, scopes) }))
    .filter((route) => route.scopes.length > 0)
}

/** @throws ConfigError if scopes are missing where callers have tokens, or given where they have none */
export function checkScopes(config: StageConfig, existing: ExistingApi | undefined): void {
  const type = existing?.authorizer ? typeOf(existing.authorizer) : typeNames[config.authorization]
  if (type === 'NONE' && config.authorization !== 'none')
    throw new ConfigError(
      'api.authorizer lets everybody in, so anybody could operate jobs: give another, or remove it and set authorization',
    )
  const hasTokens = type !== 'AWS_IAM' && type !== 'NONE'
  if (hasTokens && !scopesOf(config))
    throw new ConfigError(
      'api.authorizer needs viewerScope and operatorScope, because every caller could operate jobs otherwise: name the scopes of viewers and operators',
    )
  if (!hasTokens && scopesOf(config))
    throw new ConfigError(
      'viewerScope and operatorScope need callers with tokens: set authorization jwt, give api.authorizer, or remove them',
    )
}

const typeNames = { iam: 'AWS_IAM', jwt: 'JWT', none: 'NONE' } as const

/** `JWT`, `CUSTOM`, `AWS_IAM` or `NONE`; `undefined` for an authorizer that does not say. */
function typeOf(authorizer: IHttpRouteAuthorizer): string | undefined {
  return (authorizer as { readonly authorizationType?: string }).authorizationType
}
