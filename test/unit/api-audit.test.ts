import { describe, expect, it } from 'vitest'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { cancelWrite, claimWrite, dieWrite, type Effect } from '../../shared/effect.ts'
import { request } from '../../shared/job.ts'
import { decodeItem, outboxWrite } from '../../shared/outbox-item.ts'
import type { Store } from '../../shared/ports.ts'
import type { Write } from '../../shared/write.ts'
import { appWith, jobType } from '../support/app.ts'
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

const isNote = (write: Write) => write.op === 'put' && write.table === 'records' && write.item.kind === 'action'

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
  const effects = async (wanted: readonly string[]) =>
    (inner.items('effects') as unknown as Effect[]).filter(({ pk }) => wanted.includes(pk))
  const envelopes = async (wanted: readonly string[]) =>
    inner
      .items('outbox')
      .filter(({ id }) => wanted.includes(String(id)))
      .map(decodeItem)
      .flatMap((decoded) => (decoded.kind === 'envelope' ? [decoded.envelope] : []))
  const send = async (_: string, messages: readonly unknown[]) => {
    done.push('act')
    return messages.map(() => ({ kind: 'sent' }))
  }
  const redrive = {
    store,
    clock,
    registry,
    sender: { send },
    effects,
    envelopes,
    deadLetters: () => undefined,
  }
  const control = { setRunning: act, state: async () => 'running' }
  const deps = { store, clock, ids, registry, control, reconcile: act, redrive, note: () => {} }
  const dead = async (partition: string) => {
    return (inner.items('effects') as unknown as Effect[]).filter(({ trouble }) => trouble === partition)
  }
  return { deps: { ...deps, trouble: { query: dead } } as unknown as ApiDeps, jobs, done }
}

async function ask(deps: ApiDeps, path: string, body?: object): Promise<unknown> {
  const asked = path.split('/')
  for (const route of routes) {
    const parts = route.path.split('/')
    const fits = parts.length === asked.length && parts.every((part, i) => part.startsWith(':') || part === asked[i])
    if (route.method !== 'POST' || !fits) continue
    const params = Object.fromEntries(
      parts.flatMap((part, i) => (part.startsWith(':') ? [[part.slice(1), asked[i]]] : [])),
    )
    const headers = body ? { 'content-type': 'application/json' } : {}
    const event = { headers, requestContext: {}, body: body && JSON.stringify(body), isBase64Encoded: false }
    return route.answer(deps, { event, params } as never)
  }
  throw new Error(`no route for ${path}`)
}

describe.each(acts)('POST $path', ({ path, body }) => {
  const pathOf = (jobs: Readonly<Record<string, string>>) =>
    path.replace(/^(\/jobs\/)(\w+)/, (_, start: string, name: string) => `${start}${jobs[name]}`)

  it('is written down before it is done', async () => {
    const { deps, jobs, done } = await stackThat(true)
    await ask(deps, pathOf(jobs), body)
    expect(done.slice(0, 2)).toEqual(['note', 'act'])
    expect(done.filter((one) => one === 'note')).toHaveLength(1)
  })

  it('is not done if it cannot be written down', async () => {
    const { deps, jobs, done } = await stackThat(false)
    await expect(ask(deps, pathOf(jobs), body)).rejects.toThrow('DynamoDB is down')
    expect(done).not.toContain('act')
  })
})
