import type { JsonWebKey } from 'node:crypto'
import type { FindKey } from './jwt.ts'

/** API Gateway keeps an issuer's keys for two hours; a key it does not know makes it look again. */
const KEEP_MS = 2 * 60 * 60 * 1000
const TIMEOUT_MS = 5_000

/** Looks keys up as OpenID Connect discovery says: configuration → `jwks_uri` → keys. */
export function createIssuerKeys(): FindKey {
  const known = new Map<string, { keys: readonly JsonWebKey[]; at: number }>()

  async function load(issuer: string): Promise<readonly JsonWebKey[]> {
    const configuration = await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const { keys } = await getJson(String(configuration.jwks_uri))
    if (!Array.isArray(keys)) throw new Error(`${configuration.jwks_uri} has no keys; it must be a JSON Web Key Set`)
    known.set(issuer, { keys, at: Date.now() })
    return keys
  }

  return async (issuer, kid) => {
    const kept = known.get(issuer)
    const find = (keys: readonly JsonWebKey[]) => keys.find((key) => key.kid === kid)
    const fresh = kept && Date.now() - kept.at < KEEP_MS ? find(kept.keys) : undefined
    return fresh ?? find(await load(issuer))
  }
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}; the JWT authorizer needs it`)
  return (await response.json()) as Record<string, unknown>
}
