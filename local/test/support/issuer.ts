/** An issuer of tokens. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** The keys of the issuer, and those of somebody else. */
export const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** An issuer that publishes a key, and what it was asked. */
export async function startIssuer(
  publishes: () => object[] = () => [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1' }],
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const isConfiguration = request.url?.endsWith('/openid-configuration')
    response.end(JSON.stringify(isConfiguration ? { jwks_uri: `${issuer}/keys` } : { keys: publishes() }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { issuer, asked }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with these claims, signed by the issuer. */
export function token(claims: object, header: object = {}, privateKey = keys.privateKey): string {
  const text = `${encode({ alg: 'RS256', kid: 'k1', ...header })}.${encode(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`
}
