import { type EncryptionContext, remove, type Secrets } from 'outbox-relay'
import { badBody, created, notFound, type RouteRequest, recordPageQuery, refusal, route } from 'outbox-relay/routes'
import * as z from 'zod'
import { createWebhook } from '../commands/create-webhook.ts'
import { webhookSecret } from '../lib/webhook-signature.ts'
import {
  newWebhook,
  registeredWebhook,
  type Webhook,
  webhook,
  webhookPartition,
  webhookView,
} from '../records/webhook.ts'

const conflict = 'This webhook exists already.'

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
      const secret = await newSecret(secrets, request)
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
    success: { status: 200, schema: z.object({ webhooks: z.array(webhookView), next: z.string().optional() }) },
    async handle({ query: { limit }, page }, { records }) {
      const { values, next } = await records.list(webhook, { pk: webhookPartition, limit, after: page.after })
      return {
        status: 200,
        body: { webhooks: values.map((value) => webhookView.parse(value)), next: page.next(next) },
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
      const result = await commit({ records: [remove(webhook, { id })] })
      return result.kind === 'committed' || result.kind === 'replayed' ? { status: 204 } : refusal(result, conflict)
    },
  }),
]

/**
 * A fresh secret, sealed for the jobs that deliver. The API cannot open that copy. So that a retry of the request can be
 * answered as it was the first time, a second copy opens with the Idempotency-Key, which is stored nowhere.
 */
async function newSecret(secrets: Secrets, { id, retryContext }: RouteRequest) {
  const secret = webhookSecret(secrets.fresh())
  const seal = (context: EncryptionContext) => secrets.seal(secret, { webhook: id, ...context })
  const [sealed, sealedAgain] = await Promise.all([seal({}), retryContext && seal(retryContext)])
  return {
    sealed: { secret: sealed, secretAgain: sealedAgain },
    /** What its owner gets to see: the fresh one, or the one that was stored when the key was first used. */
    shownFor: async (stored: Webhook) =>
      stored.secret === sealed
        ? secret
        : secrets.open(stored.secretAgain ?? stored.secret, { webhook: id, ...retryContext }),
  }
}
