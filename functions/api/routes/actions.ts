import * as z from 'zod'
import { action, actionPartition } from '../../../shared/recovery/action.ts'
import { audit } from '../audit.ts'
import { readPage, recordPageQuery } from '../cursor.ts'
import { route } from '../route.ts'

export const actions = [
  route({
    method: 'GET',
    path: '/actions',
    summary: 'What operators did, the newest first',
    query: recordPageQuery,
    success: { status: 200, schema: z.object({ actions: z.array(action.schema), next: z.string().optional() }) },
    async answer({ records }, { event }) {
      const page = readPage(event, recordPageQuery)
      if (!page.ok) return page.answer
      const { limit, after } = page.value
      const range = { pk: actionPartition, limit, newestFirst: true, ...(after ? { after } : {}) }
      const { values, next } = await records.list(action, range)
      return { status: 200, body: { actions: values, next: page.value.next(next) } }
    },
  }),
  route({
    method: 'POST',
    path: '/reconcile',
    summary: 'Look through the outbox now for jobs that were never run, and send them again',
    success: { status: 202, schema: z.object({}) },
    async answer(deps, request) {
      await audit(deps, request, 'reconcile', '')
      await deps.reconcile()
      return { status: 202, body: {} }
    },
  }),
]
