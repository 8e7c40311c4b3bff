import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import type { Route } from './routes.ts'

type Settings = NonNullable<Route['authorizer']>
type Claims = Readonly<Record<string, unknown>>

export type JwtDecision =
  | { readonly ok: true; readonly authorizer: { readonly jwt: object } }
  /** 403 when the token is good but lacks the scope, else 401. */
  | { readonly ok: false; readonly status: 401 | 403; readonly why: string }

/** Finds the public key with this id among those that the issuer publishes. Rejects when the issuer cannot be asked. */
export type FindKey = (issuer: string, kid: string | undefined) => Promise<JsonWebKey | undefined>

/** API Gateway knows only RSA. */
const HASHES: Readonly<Record<string, string>> = { RS256: 'RSA-SHA256', RS384: 'RSA-SHA384', RS512: 'RSA-SHA512' }

/** The JWT authorizer: algorithm and signature, issuer, audience, times, then one of the route's scopes. `now` is in ms. */
export async function authorizeJwt(
  header: string | undefined,
  settings: Settings,
  findKey: FindKey,
  now: number,
): Promise<JwtDecision> {
  const token = decode(header?.replace(/^Bearer /i, ''))
  if (!token) return refused('the request has no token')
  const invalid = (await signatureFault(token, settings, findKey)) ?? claimsFault(token.claims, settings, now)
  if (invalid) return refused(invalid)
  const granted = String(token.claims.scope ?? [token.claims.scp ?? ''].flat().join(' ')).split(' ')
  if (settings.scopes.length > 0 && !settings.scopes.some((scope) => granted.includes(scope))) {
    return { ok: false, status: 403, why: `the token has none of the scopes ${settings.scopes.join(' ')}` }
  }
  const scopes = settings.scopes.length > 0 ? settings.scopes : null
  return { ok: true, authorizer: { jwt: { claims: textOf(token.claims), scopes } } }
}

const refused = (why: string): JwtDecision => ({ ok: false, status: 401, why })

interface Token {
  readonly alg: string
  readonly kid: string | undefined
  readonly claims: Claims
  readonly signed: string
  readonly signature: Buffer
}

function decode(text: string | undefined): Token | undefined {
  const [header = '', payload = '', signature = ''] = text?.split('.') ?? []
  try {
    const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return { alg, kid, claims, signed: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') }
  } catch {
    return undefined
  }
}

async function signatureFault(token: Token, { issuer }: Settings, findKey: FindKey): Promise<string | undefined> {
  const hash = HASHES[token.alg]
  if (!hash) return `the algorithm ${token.alg} is not supported`
  // The key comes from the configured issuer, never from the one that the token names.
  const key = await findKey(issuer, token.kid)
  if (key?.kty !== 'RSA') return `${issuer} has no RSA key ${token.kid}`
  const good = verify(hash, Buffer.from(token.signed), createPublicKey({ key, format: 'jwk' }), token.signature)
  return good ? undefined : 'the signature is wrong'
}

function claimsFault(claims: Claims, { issuer, audience }: Settings, now: number): string | undefined {
  const seconds = now / 1000
  if (claims.iss !== issuer) return 'the token does not have a valid issuer'
  if (![claims.aud ?? claims.client_id].flat().some((one) => audience.includes(String(one)))) {
    return 'the token does not have a valid audience'
  }
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) return 'the token has expired'
  if (typeof claims.nbf === 'number' && claims.nbf > seconds) return 'the token is not valid yet'
  if (typeof claims.iat === 'number' && claims.iat > seconds) return 'the token was issued in the future'
  return undefined
}

/** Claims reach the function as text, arrays as `[a b]`. */
function textOf(claims: Claims): Record<string, string> {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]))
}
