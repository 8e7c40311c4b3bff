import { batchPage } from '../../../../shared/batch/batch-pages.ts'
import { batchIdOf } from '../../../../shared/batch/items.ts'
import { memberPage, memberPageOf } from '../../../../shared/batch/members.ts'
import { readBatch } from '../../../../shared/batch/read.ts'
import { sealShards, sealWrite } from '../../../../shared/batch/seal.ts'
import { refusalOf } from '../../../../shared/batch/seats.ts'
import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import { pooled } from '../../../../shared/lib/pooled.ts'
import { badQuery, problem } from '../../answer.ts'
import { audit } from '../../audit.ts'
import { accepted } from '../../result-answer.ts'
import { operatorRoute } from '../../route.ts'
import { notPosted } from '../jobs/routes.ts'
import { listedDetailOf } from '../jobs/view.ts'
import { newBatchId, postBatch, postMembers } from './post.ts'
import {
  batchesQuery,
  batchList,
  batchParams,
  batchReceipt,
  batchView,
  memberList,
  membersQuery,
  membersReceipt,
  newBatch,
  newMembers,
} from './schemas.ts'
import { batchOf } from './view.ts'

const noBatch = (id: string) => problem(404, refusalOf(id, undefined).message)

/** Batches whose counts are read at the same time. */
const width = 8

export const batches = [
  operatorRoute({
    method: 'POST',
    path: '/batches',
    access: 'operator',
    summary: 'Create a batch of jobs',
    body: newBatch,
    success: { status: 202, schema: batchReceipt, idempotent: true },
    errors: [422],
    async handle(request, services) {
      const posted = await postBatch(services, request, request.body)
      if (!('receipts' in posted)) return notPosted(posted, 'This batch exists already.')
      const id = newBatchId(services, request)
      return accepted(posted.kind, { id, jobs: posted.receipts }, { location: `/batches/${id}` })
    },
  }),
  operatorRoute({
    method: 'POST',
    path: '/batches/:id/jobs',
    access: 'operator',
    summary: 'Add 1 to 100 jobs to an open batch, all or nothing',
    params: batchParams,
    body: newMembers,
    success: { status: 202, schema: membersReceipt, idempotent: true },
    errors: [404, 409, 422],
    async handle(request, services) {
      const posted = await postMembers(services, request, request.params.id, request.body.jobs)
      if (!('receipts' in posted)) return notPosted(posted, 'These jobs exist already.')
      return accepted(posted.kind, { jobs: posted.receipts })
    },
  }),
  operatorRoute({
    method: 'POST',
    path: '/batches/:id/seal',
    access: 'operator',
    summary: 'Seal an open batch: it has all its jobs',
    params: batchParams,
    success: { status: 200, schema: batchView },
    errors: [404, 409],
    async handle(request, services) {
      const { id } = request.params
      await audit(services, request, 'seal batch', id)
      const sealed = await services.store.write(sealWrite(id, services.clock.now()))
      // Also of one that was sealed before: its first caller may have died in between.
      await sealShards(services, id)
      const found = await batchOf(services, id)
      if (!found) return noBatch(id)
      return sealed.kind === 'written' ? { status: 200, body: found } : problem(409, refusalOf(id, found).message)
    },
  }),
  operatorRoute({
    method: 'GET',
    path: '/batches/:id',
    access: 'viewer',
    summary: 'Get a batch and its counts',
    params: batchParams,
    success: { status: 200, schema: batchView },
    errors: [404],
    async handle({ params: { id } }, services) {
      const found = await batchOf(services, id)
      return found ? { status: 200, body: found } : noBatch(id)
    },
  }),
  operatorRoute({
    method: 'GET',
    path: '/batches',
    access: 'viewer',
    summary: 'List batches, newest first',
    query: batchesQuery,
    success: { status: 200, schema: batchList },
    async handle({ query: { status, limit }, page }, services) {
      const after = page.after === undefined ? undefined : placeOf(page.after)
      const groups = status === undefined ? (['live', 'succeeded'] as const) : [groupOf(status)]
      const found = await batchPage(services.batches, groups, { after, limit })
      const views = await pooled(found.batches, width, ({ pk }) => batchOf(services, batchIdOf(pk)))
      const shown = views.flatMap((view) => (view && (status ?? view.status) === view.status ? [view] : []))
      const next = found.next && `${found.next.batchesAt} ${found.next.pk}`
      return { status: 200, body: { batches: shown, next: page.next(next) } }
    },
  }),
  operatorRoute({
    method: 'GET',
    path: '/batches/:id/jobs',
    access: 'viewer',
    summary: 'List the jobs of a batch with their results, in the order of their addition',
    params: batchParams,
    query: membersQuery,
    success: { status: 200, schema: memberList },
    errors: [404],
    async handle({ params: { id }, query: { status, limit }, page }, services) {
      const batch = await readBatch(services, id)
      if (!batch) return noBatch(id)
      const from = page.after === undefined ? 0 : Number(page.after)
      if (!Number.isSafeInteger(from)) return badQuery([{ path: 'cursor', message: 'is not a cursor of this list' }])
      const found = status
        ? await memberPageOf(services, id, batch, { set: status, from, limit })
        : await memberPage(services, id, { from, limit, requests: batch.requests })
      const [envelopes, effects] = await Promise.all([services.envelopes(found.ids), services.effects(found.ids)])
      const written = new Map(envelopes.map((envelope) => [envelope.id, envelope]))
      const byId = new Map(effects.map((effect) => [effect.pk, effect]))
      const jobs = found.ids.flatMap((jobId) => {
        const envelope = written.get(jobId)
        if (envelope?.batch?.id !== id) return []
        return [listedDetailOf(services, { envelope, effect: effectOf(envelope, byId.get(jobId)) })]
      })
      return { status: 200, body: { jobs, next: page.next(found.next === undefined ? undefined : String(found.next)) } }
    },
  }),
]

const groupOf = (status: string) => (status === 'succeeded' ? ('succeeded' as const) : ('live' as const))

function placeOf(text: string) {
  const [batchesAt = '', pk = ''] = text.split(' ')
  return { batchesAt, pk }
}
