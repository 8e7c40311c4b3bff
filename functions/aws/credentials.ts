/**
 * Credentials as Lambda gives them to a function: in its environment. The bundles take this in place of the SDK's default
 * chain (infra/config/bundling.ts), which also knows login sessions, profiles, SSO and EC2: 95 KB that a function loads at each
 * cold start and never uses.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'
