/** The secrets of a webhook that sign its deliveries: the newest one, and those before it until their overlap ends. */
import type { RecordReader } from 'outbox-relay'
import type { Webhook } from '../records/webhook.ts'
import { type WebhookSecret, webhookSecretPartition, webhookSecretRecord } from '../records/webhook-secret.ts'

/** More secrets than a webhook can have: a rotation removes those that no longer sign. */
const most = 100

/** Reads the secrets that a webhook got by rotations, in no order. */
export async function rotatedSecrets(records: RecordReader, webhookId: string): Promise<readonly WebhookSecret[]> {
  const { values } = await records.list(webhookSecretRecord, { pk: webhookSecretPartition(webhookId), limit: most })
  return values
}

/** Returns the sealed secrets that sign at a time, the newest first. */
export function signingSecrets(webhook: Webhook, rotated: readonly WebhookSecret[], at: Date): string[] {
  const [newest, ...older] = newestFirst(rotated)
  if (!newest) return [webhook.secret]
  const valid = older.filter((secret) => isValid(secret, rotated, at)).map(({ secret }) => secret)
  const first = validUntil(rotated) > at.toISOString() ? [webhook.secret] : []
  return [newest.secret, ...valid, ...first]
}

/** Returns the rotated secrets that sign no more. */
export function endedSecrets(rotated: readonly WebhookSecret[], at: Date): WebhookSecret[] {
  return newestFirst(rotated)
    .slice(1)
    .filter((secret) => !isValid(secret, rotated, at))
}

/** Returns the time of a rotation, after those before it: the clocks of two processes may differ. */
export function timeAfter(rotated: readonly WebhookSecret[], now: Date): Date {
  const [newest] = newestFirst(rotated)
  return new Date(Math.max(now.getTime(), newest ? Date.parse(newest.createdAt) + 1 : 0))
}

function isValid(secret: WebhookSecret, rotated: readonly WebhookSecret[], at: Date): boolean {
  return validUntil(rotated.filter((other) => compare(other, secret) > 0)) > at.toISOString()
}

/** A rotation with a short overlap also ends secrets that an earlier rotation left valid for longer. */
function validUntil(later: readonly WebhookSecret[]): string {
  return later.map(({ previousValidUntil }) => previousValidUntil).sort()[0] ?? ''
}

const newestFirst = (rotated: readonly WebhookSecret[]) => [...rotated].sort((a, b) => compare(b, a))

/** By time, and by id where two rotations have the same time: every reader gets the same order. */
function compare(a: WebhookSecret, b: WebhookSecret): number {
  const [x, y] = [a.createdAt + a.id, b.createdAt + b.id]
  return x < y ? -1 : x > y ? 1 : 0
}
