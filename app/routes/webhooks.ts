import * as z from 'zod'
import { type Answer, notFound } from '../../functions/api/answer.ts'
import { create } from '../../functions/api/create.ts'
import { recordPageQuery } from '../../functions/api/cursor.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { badBody, readBody, readQuery } from '../../functions/api/request.ts'
import { route } from '../../functions/api/route.ts'
import { recordWrite, remove } from '../../shared/record.ts'
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
      const sealed = await deps.secrets.seal(webhookSecret(deps.secrets.fresh()))
      return unsealed(
        deps,
        await create(deps, request, '/webhooks', createWebhook(sealed), 'This webhook exists already.'),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/webhooks',
    summary: 'Webhooks, without their secrets',
    query: recordPageQuery,
    success: { status: 200, schema: z.object({ webhooks: z.array(webhookView), next: z.string().optional() }) },
    async answer({ records }, { event }) {
      const query = readQuery(event, recordPageQuery)
      if (!query.ok) return query.answer
      const { limit, cursor: after } = query.value
      const { values, next } = await records.list(webhook, { pk: webhookPartition, limit, ...(after ? { after } : {}) })
      return { status: 200, body: { webhooks: values.map((value) => webhookView.parse(value)), next } }
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

/** The answer to a registration, with the secret as its owner is to have it; also to a repetition of the request. */
async function unsealed({ secrets }: ApiDeps, answer: Answer): Promise<Answer> {
  if (answer.status !== 201) return answer
  const registered = registeredWebhook.parse(answer.body)
  return { ...answer, body: { ...registered, secret: await secrets.open(registered.secret) } }
}
