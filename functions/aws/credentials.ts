/**
 * Credentials as Lambda gives them to a function: in its environment. The bundles take this in place of the SDK's default
 * chain (infra/config/bundling.ts), which also knows login sessions, profiles, SSO and EC2: 95 KB that a function loads at each
 * cold start and never uses.
 */
export function defaultProvider() {
  return async () => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    } = process.env
    if (!accessKeyId || !secretAccessKey)
      throw new Error(
        'The environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which Lambda sets for the role of a function',
      )
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  }
}
