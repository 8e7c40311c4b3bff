import * as z from 'zod'
import { notFound } from '../../functions/api/answer.ts'
import { createAs, readRequest } from '../../functions/api/create.ts'
import { readPage, recordPageQuery } from '../../functions/api/cursor.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { type ApiRequest, badBody, keyOwnerOf, readBody, readIdempotencyKey } from '../../functions/api/request.ts'
import { route } from '../../functions/api/route.ts'
import { recordWrite, remove } from '../../shared/define/record.ts'
import type { EncryptionContext } from '../../shared/define/services.ts'
import { idempotentRetry } from '../../shared/lib/names.ts'
import { createWebhook } from '../commands/create-webhook.ts'
import { newWebhook, registeredWebhook, webhook, webhookPartition, webhookView } from '../records/webhook.ts'
import { webhookSecret } from '../webhook-signature.ts'

export const webhooks = [
  route({
    method: 'POST',
    path: '/webhooks',
    summary: 'Register an address that is told of events; its secret is shown here and never again',
    body: newWebhook,
    success: { status: 201, schema: registeredWebhook, idempotent: true },
    errors: [409],
    async answer(deps, request) {
      const body = readBody(request.event, newWebhook)
      if (!body.ok) return body.answer
      // A wrong address would only show when the first event fails to arrive; its owner is here now.
      const problem = deps.addressProblem(new URL(body.value.url))
      if (problem) return badBody([{ path: 'url', message: problem }])
      const read = readRequest(deps, request, '/webhooks')
      if (!read.ok) return read.answer
      const secret = await newSecret(deps, request, read.value.id)
      const command = createWebhook(secret.sealed)
      const answer = await createAs(deps, read.value, '/webhooks', command, body.value, 'This webhook exists already.')
      if (answer.status !== 201) return answer
      const stored = webhook.schema.parse(answer.body)
      return { ...answer, body: registeredWebhook.parse({ ...stored, secret: await secret.shown(stored) }) }
    },
  }),
  route({
    method: 'GET',
    path: '/webhooks',
    summary: 'Webhooks, without their secrets',
    query: recordPageQuery,
    success: { status: 200, schema: z.object({ webhooks: z.array(webhookView), next: z.string().optional() }) },
    async answer({ records }, { event }) {
      const page = readPage(event, recordPageQuery)
      if (!page.ok) return page.answer
      const { limit, after } = page.value
      const { values, next } = await records.list(webhook, { pk: webhookPartition, limit, ...(after ? { after } : {}) })
      return {
        status: 200,
        body: { webhooks: values.map((value) => webhookView.parse(value)), next: page.value.next(next) },
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'End a webhook; deliveries on their way end as succeeded and send nothing',
    success: { status: 204 },
    errors: [404],
    async answer({ store }, { params: { id = '' } }) {
      const exists = { text: 'attribute_exists(pk)' }
      const result = await store.write({ ...recordWrite(remove(webhook, { id })), condition: exists })
      return result.kind === 'written' ? { status: 204 } : notFound(`webhook "${id}"`)
    },
  }),
]

/**
 * A fresh secret, sealed for those that deliver. The API cannot open that; so that a repetition of the request can be
 * answered as it was the first time, a second copy opens with the Idempotency-Key, which is stored nowhere.
 */
async function newSecret({ secrets, ids }: ApiDeps, { event }: ApiRequest, id: string) {
  const key = readIdempotencyKey(event)
  const again =
    key.ok && key.value !== undefined
      ? { [idempotentRetry]: ids.derive(idempotentRetry, keyOwnerOf(event), key.value) }
      : undefined
  const secret = webhookSecret(secrets.fresh())
  const seal = (context: EncryptionContext) => secrets.seal(secret, { webhook: id, ...context })
  const [sealed, sealedAgain] = await Promise.all([seal({}), again && seal(again)])
  return {
    sealed: { secret: sealed, ...(sealedAgain === undefined ? {} : { secretAgain: sealedAgain }) },
    /** What its owner gets to see: the fresh one, or the one that was stored when the key was first used. */
    shown: async (stored: z.infer<typeof webhook.schema>) =>
      stored.secret === sealed ? secret : secrets.open(stored.secretAgain ?? stored.secret, { webhook: id, ...again }),
  }
}
