/** Progress and results: what a job tells of itself while it runs, and when it is done. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { detailOf } from '../../functions/api/routes/jobs/view.ts'
import { defineJob, type JobContext, type JobSettings } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { Store } from '../../shared/lib/ports.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { lanes } from '../support/app.ts'
import { oneLane, second } from '../support/one-lane.ts'
import { simClock } from '../support/sim-clock.ts'

const schema = z.object({ label: z.string() })
type Run = JobSettings<typeof schema>['run']

function laneWith(run: Run, through?: (store: Store) => Store, settings: Partial<JobSettings<typeof schema>> = {}) {
  const job = defineJob({
    type: 'job',
    schema,
    maxAttempts: 2,
    backoff: { baseSeconds: 1, capSeconds: 1 },
    ...settings,
    run,
  })
  return oneLane({ job, through })
}

/** Reports that reach the table, as they are written. */
function recorded() {
  const written: Effect['progress'][] = []
  const through = (store: Store): Store => ({
    ...store,
    async write(write) {
      const result = await store.write(write)
      if (write.op === 'update' && write.update.values?.[':progress'] && result.kind === 'written')
        written.push(write.update.values[':progress'] as Effect['progress'])
      return result
    },
  })
  return { written, through }
}

describe('the progress of an attempt', () => {
  it('is written at once, then once a second, the latest report each time', async () => {
    const { written, through } = recorded()
    const lane = laneWith(async (_, { progress }) => {
      for (let percent = 0; percent <= 100; percent += 4) {
        progress({ percent })
        await lane.clock.sleep(100)
      }
    }, through)
    await lane.write([{ label: 'a' }])
    await lane.pass(5 * second)
    const percents = written.map((progress) => progress?.percent ?? -1)
    expect(percents[0]).toBe(0)
    expect(percents.length).toBeGreaterThan(1)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
    const times = written.map((progress) => Date.parse(progress?.at ?? ''))
    expect(Math.min(...times.slice(1).map((at, n) => at - (times[n] ?? 0)))).toBeGreaterThanOrEqual(second)
    expect(lane.effects()).toMatchObject([{ state: 'succeeded' }])
    expect(lane.effects()[0]).not.toHaveProperty('progress')
  })

  it('stays with an attempt that failed, and goes when the next one starts', async () => {
    const seen: (Effect['progress'] | undefined)[] = []
    const lane = laneWith(async (_, { attempt, progress }) => {
      seen.push(lane.effects()[0]?.progress)
      if (attempt > 1) return
      progress({ percent: 40, message: 'half of it' })
      throw new Error('the disk is full')
    })
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(lane.effects()).toMatchObject([{ state: 'retrying', progress: { percent: 40, message: 'half of it' } }])
    await lane.pass(5 * second)
    expect(seen).toEqual([undefined, undefined])
  })

  it('hides in its message what the job type redacts', async () => {
    const { written, through } = recorded()
    const run: Run = ({ label }, { progress }) => progress({ message: `writing to ${label} now` })
    const lane = laneWith(run, through, { redact: ['label'] })
    await lane.write([{ label: 'ann@example.com' }])
    await lane.consumeOnce()
    expect(written).toMatchObject([{ message: 'writing to [redacted] now' }])
  })

  it('tells an attempt that lost its job: the signal is aborted, and nothing of it is committed', async () => {
    let reason: unknown
    const lane = laneWith(async (_, { signal, attempt, progress }) => {
      if (attempt > 1) return
      const [effect] = lane.effects()
      await lane.store.write({
        op: 'put',
        table: 'effects',
        item: { ...effect, pk: effect?.pk, owner: 'another', attempts: 2 },
      })
      progress({ percent: 10 })
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      reason = signal.reason
      return { result: 'late' }
    })
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(String(reason)).toContain('another attempt of "job" has taken the job')
    expect(lane.effects()).toMatchObject([{ state: 'running', owner: 'another' }])
    expect(lane.effects()[0]).not.toHaveProperty('result')
  })

  it('may get lost: the job goes on', async () => {
    const through = (store: Store): Store => ({
      ...store,
      async write(write) {
        if (write.op === 'update' && write.update.values?.[':progress']) throw new Error('ThrottlingException')
        return store.write(write)
      },
    })
    const lane = laneWith((_, { progress }) => progress({ percent: 1 }), through)
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(lane.effects()).toMatchObject([{ state: 'succeeded', attempts: 1 }])
  })

  it('is not under way any more when the change is committed', async () => {
    let isReporting = false
    const through = (store: Store): Store => ({
      ...store,
      async write(write) {
        const isReport = write.op === 'update' && write.update.values?.[':progress'] !== undefined
        if (!isReport && write.table === 'effects') expect(isReporting).toBe(false)
        isReporting = isReport
        if (isReport) await sleep(20)
        const result = await store.write(write)
        isReporting = false
        return result
      },
    })
    const lane = laneWith((_, { progress }) => progress({ percent: 1 }), through)
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(lane.effects()).toMatchObject([{ state: 'succeeded' }])
  })

  it('is dropped after the end of the attempt, and the log says so', async () => {
    let late: JobContext['progress'] | undefined
    const lane = laneWith((_, { progress }) => {
      late = progress
    })
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    late?.({ percent: 50 })
    expect(lane.events.map(({ kind }) => kind)).toEqual(['started', 'succeeded', 'progress-dropped'])
    expect(lane.effects()[0]).not.toHaveProperty('progress')
  })

  it.each([
    [{}, 'give percent, message or both'],
    [{ percent: 101 }, 'percent is 101; it must be a number from 0 to 100'],
    [{ percent: Number.NaN }, 'percent is NaN; it must be'],
    [{ percent: '50' }, 'percent is "50"; it must be'],
    [{ message: '' }, 'message is ""; it must be text of 1 to 200 characters'],
    [{ message: 'x'.repeat(201) }, 'message is "xxxxxxxxxx'],
    [{ message: 'half \ud83d' }, 'message has half of a UTF-16 surrogate pair'],
  ])('is refused in the line that reports %j', async (progress, reason) => {
    const lane = laneWith((_, context) => context.progress(progress as never), undefined, { maxAttempts: 1 })
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(lane.effects()[0]?.lastError).toContain(`TypeError: progress of "job": ${reason}`)
  })
})

describe('the result of a job', () => {
  it.each([[{ rows: 3, parts: ['a', null] }], ['done'], [0], [null], [{ text: 'x'.repeat(4_085) }]])(
    'is stored with its completion: %j',
    async (result) => {
      const lane = laneWith(() => ({ result }))
      await lane.write([{ label: 'a' }])
      await lane.consumeOnce()
      expect(JSON.parse(lane.effects()[0]?.result ?? '')).toEqual(result)
      expect(lane.effects()).toMatchObject([{ state: 'succeeded' }])
    },
  )

  it.each([
    [{ text: 'x'.repeat(4_086) }, 'has 4097 bytes of JSON, and at most 4096 fit'],
    [{ at: [1, undefined] }, ', at at.1, is undefined, which is not JSON'],
    [12n, 'is a bigint, which is not JSON'],
    [Number.NaN, 'is NaN, which is not JSON'],
    [new Map(), 'is a Map, which is not JSON'],
  ])('is refused once, with its job, if it cannot be stored: %#', async (result, reason) => {
    const lane = laneWith(() => ({ result }))
    await lane.write([{ label: 'a' }])
    await lane.pass(10 * second)
    const [effect] = lane.effects()
    expect(effect).toMatchObject({ state: 'dead', attempts: 1 })
    expect(effect?.lastError).toContain(reason)
    expect(effect).not.toHaveProperty('result')
  })

  it('is none where the job returns none', async () => {
    const lane = laneWith(() => ({ result: undefined }))
    await lane.write([{ label: 'a' }])
    await lane.consumeOnce()
    expect(lane.effects()[0]).not.toHaveProperty('result')
  })
})

describe('a job as the API shows it', () => {
  const envelope = (payload: object): Envelope => ({
    ...{ v: 1, id: '00000000-0000-7000-8000-000000000001', type: 'job', version: 1, payload, lane: 'default', hops: 0 },
    createdAt: '2025-12-31T00:00:00.000Z',
  })
  const effect = (rest: Partial<Effect>): Effect => ({
    ...{ pk: envelope({}).id, state: 'succeeded', type: 'job', lane: 'default', attempts: 1, deaths: 0, expiresAt: 0 },
    ...rest,
  })
  const detail = (result: unknown, payload: object, redact: readonly string[] = []) => {
    const job = defineJob({ type: 'job', schema: z.looseObject({}), redact, run: () => {} })
    const deps = { registry: defineRegistry([job], lanes), clock: simClock(), jobOwners: [], links: () => ({}) }
    const stored = { envelope: envelope(payload), effect: effect({ result: JSON.stringify(result) }), waits: false }
    return detailOf(deps, stored)
  }

  it('has its result', () => {
    expect(detail({ rows: 3 }, {}).result).toEqual({ rows: 3 })
    expect(detail(null, {}).result).toBeNull()
    expect(detail(undefined, {})).not.toHaveProperty('result')
  })

  it('has a result without what its type redacts, by field and by value', () => {
    const result = { email: 'bob@example.com', sent: ['to ann@example.com', 7], to: 'ann@example.com' }
    expect(detail(result, { email: 'ann@example.com' }, ['email']).result).toEqual({
      ...{ email: '[redacted]', sent: ['to [redacted]', 7], to: '[redacted]' },
    })
    expect(detail('mailed ann@example.com', { email: 'ann@example.com' }, ['email']).result).toBe('mailed [redacted]')
  })

  it('shows nothing of a result whose type is unknown', () => {
    const deps = { registry: defineRegistry([], lanes), clock: simClock(), jobOwners: [], links: () => ({}) }
    const stored = { envelope: envelope({}), effect: effect({ result: '"secret"' }), waits: false }
    expect(detailOf(deps, stored).result).toBe('[redacted]')
  })
})
