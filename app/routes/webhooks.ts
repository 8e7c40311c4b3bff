import { type EncryptionContext, remove, type Secrets } from 'outbox-relay'
import {
  badBody,
  created,
  notFound,
  problem,
  type RouteRequest,
  recordPageQuery,
  refusal,
  route,
} from 'outbox-relay/routes'
import * as z from 'zod'
import { createWebhook } from '../commands/create-webhook.ts'
import { overlap, rotateWebhookSecret } from '../commands/rotate-webhook-secret.ts'
import { rotatedSecrets, signingSecrets } from '../lib/signing-secrets.ts'
import { webhookSecret } from '../lib/webhook-signature.ts'
import {
  newWebhook,
  registeredWebhook,
  type Webhook,
  webhook,
  webhookPartition,
  webhookView,
} from '../records/webhook.ts'
import { type WebhookSecret, webhookSecretRecord } from '../records/webhook-secret.ts'

const conflict = 'This webhook exists already.'

/** Each valid secret adds a signature to each delivery. */
const mostValid = 5

const rotated = z.object({ id: z.string(), secret: z.string(), previousValidUntil: z.iso.datetime() })

const webhookList = z.object({
  webhooks: z.array(webhookView),
  next: z.string().optional(),
  /** Webhooks whose stored record does not fit the schema of today. */
  unreadable: z.int().optional(),
})

export const webhooks = [
  route({
    method: 'POST',
    path: '/webhooks',
    access: 'operator',
    summary: 'Register a webhook; only this answer shows its secret',
    body: newWebhook,
    success: { status: 201, schema: registeredWebhook, idempotent: true },
    errors: [409],
    async handle(request, { secrets, addressProblem, execute }) {
      // Otherwise a wrong address would show only when the first delivery fails.
      const problem = addressProblem(new URL(request.body.url))
      if (problem) return badBody([{ path: 'url', message: problem }])
      const secret = await newSecret(secrets, request.id, request)
      const result = await execute(createWebhook(secret.sealed), request.body)
      if (result.kind !== 'committed' && result.kind !== 'replayed') return refusal(result, conflict)
      const shown = { ...result.record, secret: await secret.shownFor(result.record) }
      return created(request, result.kind, registeredWebhook.parse(shown))
    },
  }),
  route({
    method: 'GET',
    path: '/webhooks',
    access: 'viewer',
    summary: 'List webhooks, without their secrets',
    query: recordPageQuery,
    success: { status: 200, schema: webhookList },
    async handle({ query: { limit }, page }, { records }) {
      const { values, next, unreadable } = await records.list(webhook, {
        ...{ pk: webhookPartition, limit, after: page.after, skipUnreadable: true },
      })
      return {
        status: 200,
        body: {
          webhooks: values.map((value) => webhookView.parse(value)),
          next: page.next(next),
          unreadable: unreadable?.length,
        },
      }
    },
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/secret',
    access: 'operator',
    summary:
      'Rotate the secret of a webhook; only this answer shows the new one, and the old one signs too for some time',
    params: z.object({ id: z.string() }),
    body: overlap,
    success: { status: 201, schema: rotated, idempotent: true },
    errors: [404, 409],
    async handle(request, { records, secrets, execute }) {
      const { id } = request.params
      const found = await records.get(webhook, { id })
      if (!found) return notFound(`webhook "${id}"`)
      const existing = await rotatedSecrets(records, id)
      if (isFull(found, existing, request))
        return problem(
          409,
          `Webhook "${id}" has ${mostValid} valid secrets: wait until an overlap ends, or end all of them with {"overlapHours": 0}.`,
        )
      const secret = await newSecret(secrets, id, request)
      const result = await execute(
        rotateWebhookSecret({ webhookId: id, sealed: secret.sealed, existing }),
        request.body,
      )
      if (result.kind !== 'committed' && result.kind !== 'replayed')
        return refusal(result, 'This secret exists already.')
      const { previousValidUntil } = result.record
      return {
        status: 201,
        body: { id, secret: await secret.shownFor(result.record), previousValidUntil },
        headers: result.kind === 'replayed' ? { 'idempotency-replayed': 'true' } : undefined,
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/webhooks/:id',
    access: 'operator',
    summary: 'Delete a webhook; its pending deliveries succeed and send nothing',
    params: z.object({ id: z.string() }),
    success: { status: 204 },
    errors: [404],
    async handle({ params: { id } }, { records, commit }) {
      if (!(await records.get(webhook, { id }))) return notFound(`webhook "${id}"`)
      const secrets = (await rotatedSecrets(records, id)).map((one) =>
        remove(webhookSecretRecord, { webhookId: id, id: one.id }),
      )
      const result = await commit({ records: [remove(webhook, { id }), ...secrets] })
      return result.kind === 'committed' || result.kind === 'replayed' ? { status: 204 } : refusal(result, conflict)
    },
  }),
]

/**
 * A fresh secret, sealed for the jobs that deliver. The API cannot open that copy. So that a retry of the request can be
 * answered as it was the first time, a second copy opens with the Idempotency-Key, which is stored nowhere.
 */
async function newSecret(secrets: Secrets, id: string, { retryContext }: Pick<RouteRequest, 'retryContext'>) {
  const secret = webhookSecret(secrets.fresh())
  const seal = (context: EncryptionContext) => secrets.seal(secret, { webhook: id, ...context })
  const [sealed, sealedAgain] = await Promise.all([seal({}), retryContext && seal(retryContext)])
  return {
    sealed: { secret: sealed, secretAgain: sealedAgain },
    /** What its owner gets to see: the fresh one, or the one that was stored when the key was first used. */
    shownFor: async (stored: Pick<Webhook, 'secret' | 'secretAgain'>) =>
      stored.secret === sealed
        ? secret
        : secrets.open(stored.secretAgain ?? stored.secret, { webhook: id, ...retryContext }),
  }
}

/** Whether another valid secret is one too many. The retry of a request that gave the last one is not. */
function isFull(
  webhook: Webhook,
  existing: readonly WebhookSecret[],
  { id, now, body }: RouteRequest<unknown, unknown, { readonly overlapHours: number }>,
): boolean {
  const isRetry = existing.some((secret) => secret.id === id)
  return body.overlapHours > 0 && !isRetry && signingSecrets(webhook, existing, now).length >= mostValid
}
