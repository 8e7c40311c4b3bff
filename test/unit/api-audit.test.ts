import { describe, expect, it } from 'vitest'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import type { Write } from '../../shared/lib/write.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { appWith, jobType } from '../support/app.ts'
import { allEffects, memoryReader } from '../support/memory-reader.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const clock = simClock()
const ids = simIds()
const registry = appWith()

/** Everything that an operator can do. */
const acts: readonly { readonly path: string; readonly body?: object }[] = [
  { path: '/lanes/default/pause' },
  { path: '/lanes/default/resume' },
  { path: '/reconcile' },
  { path: '/dead-letters/redrive', body: { all: true } },
  { path: '/jobs/waiting/cancel' },
  { path: '/jobs/dead/replay' },
  { path: '/jobs/cancelled/replay' },
]

const routes = routesOf([], { probes: false })

const isNote = (write: Write) => write.op === 'put' && write.table === 'records' && write.item._kind === 'action'

/** A stack in which it is told what is done, in its order; a note of an act may fail. */
async function stackThat(takesNotes: boolean) {
  const inner = memoryStore(clock)
  const jobs = { waiting: ids.fresh(), dead: ids.fresh(), cancelled: ids.fresh() }
  const where = { type: 'work', lane: 'default', expiresAt: 0 }
  const now = clock.now()
  for (const id of Object.values(jobs)) {
    const job = { ...request(jobType(registry, 'work'), { label: 'x' }), id }
    await inner.write(outboxWrite(job, { now, hops: 0, outboxLifetime: 1 }, registry))
  }
  const end = { ...where, jobId: jobs.dead, owner: 'o', now, attempt: 1, error: 'Error: no', failures: [] }
  await inner.write(claimWrite({ ...end, leaseUntil: now.getTime() + 16_000, maxAttempts: 1, onCrash: 'retry' }))
  await inner.write(dieWrite(end))
  await inner.write(cancelWrite({ ...where, pk: jobs.cancelled }, now))

  const done: string[] = []
  const store: Store = {
    ...inner,
    async write(write) {
      if (isNote(write) && !takesNotes) throw new Error('DynamoDB is down')
      done.push(isNote(write) ? 'note' : 'act')
      return inner.write(write)
    },
  }
  const act = async () => {
    done.push('act')
  }
  const send = async (_: string, messages: readonly unknown[]) => {
    done.push('act')
    return messages.map(() => ({ kind: 'sent' }))
  }
  const sender = { send }
  const redrive = { sender, ...memoryReader(inner), deadLetters: () => undefined }
  const control = { setRunning: act, state: async () => 'running' }
  const authorization = { type: 'none' }
  const deps = { store, clock, ids, registry, authorization, control, reconcile: act, ...redrive, logAction: () => {} }
  const dead = async (partition: string) => allEffects(inner).filter(({ failing }) => failing === partition)
  return { deps: { ...deps, failing: { query: dead } } as unknown as ApiDeps, jobs, done }
}

/** Asks as an operator; returns the answer's status, and what failed on the way. */
async function ask(deps: ApiDeps, rawPath: string, body?: object) {
  const faults: unknown[] = []
  const resolve = router(routes, deps, (fault) => faults.push(fault))
  const event = {
    rawPath,
    headers: body ? { 'content-type': 'application/json' } : {},
    requestContext: { http: { method: 'POST' } },
    body: body && JSON.stringify(body),
    isBase64Encoded: false,
  }
  return { status: (await resolve(event as never)).statusCode, faults }
}

describe.each(acts)('POST $path', ({ path, body }) => {
  const pathOf = (jobs: Readonly<Record<string, string>>) =>
    path.replace(/^(\/jobs\/)(\w+)/, (_, start: string, name: string) => `${start}${jobs[name]}`)

  it('is written down before it is done', async () => {
    const { deps, jobs, done } = await stackThat(true)
    expect(await ask(deps, pathOf(jobs), body)).toEqual({ status: expect.toSatisfy((code) => code < 300), faults: [] })
    expect(done.slice(0, 2)).toEqual(['note', 'act'])
    expect(done.filter((one) => one === 'note')).toHaveLength(1)
  })

  it('is not done if it cannot be written down', async () => {
    const { deps, jobs, done } = await stackThat(false)
    expect(await ask(deps, pathOf(jobs), body)).toEqual({ status: 500, faults: [new Error('DynamoDB is down')] })
    expect(done).not.toContain('act')
  })
})
