/** Signatures as Standard Webhooks has them (https://www.standardwebhooks.com), so that receivers find a library to check them. */
import { createHmac } from 'node:crypto'

/** The text of a secret, as its owner gets it. @param bytes 24 to 64 random bytes */
export function webhookSecret(bytes: Uint8Array): string {
  return `whsec_${Buffer.from(bytes).toString('base64')}`
}

/**
 * The headers that let the receiver tell who sent a body, when, and whether it got it before.
 *
 * @param secrets each signs, so that a receiver who knows one of them can verify
 * @param id the same on every try; without a full stop, which parts it from the time in what is signed
 * @param body exactly as it is sent: one space more and the signature is wrong
 */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  at: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = secrets.map((secret) => `v1,${signature(secret, `${id}.${timestamp}.${body}`)}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

function signature(secret: string, text: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(text).digest('base64')
}
