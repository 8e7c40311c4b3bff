import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { request } from '../../shared/define/job.ts'
import { create, defineRecord, update } from '../../shared/define/record.ts'
import { isJobId } from '../../shared/lib/id.ts'
import { absent, type Write } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { maxHops, plan } from '../../shared/outbox/plan.ts'
import { appWith, counter, jobType } from '../support/app.ts'
import { simIds } from '../support/random.ts'

const registry = appWith()
const ids = simIds()
const now = new Date('2026-01-01T00:00:00Z')
const work = (label = 'a') => request(jobType(registry, 'work'), { label })
const step = (group: string) => request(jobType(registry, 'step'), { label: 'a', group })
const record = (name: string, labels: string[] = []) => create(counter, { name, count: 0, labels })
const planOf = (change: Change, hops = 0, completion?: Write) =>
  plan(change, 'change', {
    origin: { now, hops, outboxLifetime: 100 },
    registry,
    ids,
    completion,
  })
const completion: Write = { op: 'update', table: 'effects', key: { pk: 'job' }, update: { text: 'REMOVE leaseUntil' } }

describe('a plan', () => {
  it('writes the completion first, then records, then jobs', () => {
    const { writes } = planOf({ jobs: [work()], records: [record('a'), record('b')] }, 1, completion)
    expect(writes.map(({ table }) => table)).toEqual(['effects', 'records', 'records', 'outbox'])
    expect(writes[0]).toBe(completion)
  })

  it('is of one write for a job that changes nothing', () => {
    expect(planOf({}, 1, completion).writes).toEqual([completion])
  })

  it('inserts each job, on the condition that it is new', () => {
    const { writes } = planOf({ jobs: [work(), step('g')] })
    for (const write of writes) expect(write).toMatchObject({ op: 'put', table: 'outbox', condition: absent })
    expect(writes[1]).toMatchObject({ item: { pk: 'group~g', lane: 'ordered', hops: 0 } })
  })

  it('tells each job which record it was written with, unless its chain has one already', () => {
    const thing = defineRecord({
      name: 'thing',
      schema: z.object({ id: z.string() }),
      key: ({ id }: { id: string }) => ({ pk: id, sk: 'thing' }),
    })
    const recordsOf = (change: Change, of?: string) =>
      plan(change, 'change', { origin: { now, hops: 0, outboxLifetime: 100, record: of }, registry, ids })
        .writes.filter(({ table }) => table === 'outbox')
        .map((write) => write.op === 'put' && write.item.record)
    const change = { records: [create(thing, { id: 't1' })], jobs: [work(), work('b')] }
    expect(recordsOf(change)).toEqual(['thing/t1', 'thing/t1'])
    expect(recordsOf(change, 'order/o1')).toEqual(['order/o1', 'order/o1'])
    expect(recordsOf({ records: [record('no id')], jobs: [work()] })).toEqual([undefined])
    expect(recordsOf({ records: [create(thing, { id: 'x'.repeat(300) })], jobs: [work()] })).toEqual([undefined])
  })

  it('gives the same change the same ids, and every job its own', () => {
    const change = { jobs: [work(), work(), step('g')] }
    const [first, second] = [planOf(change), planOf(change)]
    expect(second.jobs.map(({ id }) => id)).toEqual(first.jobs.map(({ id }) => id))
    expect(new Set(first.jobs.map(({ id }) => id)).size).toBe(3)
    expect(first.jobs.every(({ id }) => isJobId(id))).toBe(true)
    expect(first.jobs[2]?.id).toMatch(/^g~/)
  })

  it('keeps an id that was given', () => {
    const id = '0198a000-0000-7000-8000-000000000001'
    expect(planOf({ jobs: [{ ...work(), id }] }).jobs[0]?.id).toBe(id)
  })

  it('lets the job of a job run now when its time has passed, and refuses that of a request', () => {
    const late = { jobs: [{ ...work(), runAt: new Date(0) }] }
    expect(() => planOf(late)).toThrow(/runAt: is more than a minute in the past/)
    const [write] = planOf(late, 1).writes
    expect(write?.op === 'put' && decodeItem(write.item)).not.toHaveProperty('envelope.runAt')
    expect(planOf(late, 1).jobs[0]).not.toHaveProperty('runAt')
    const far = { jobs: [{ ...work(), runAt: new Date('2999-01-01T00:00:00Z') }] }
    expect(() => planOf(far, 1)).toThrow(/"work": runAt: is more than a year ahead/)
  })

  it.each<[string, Change, RegExp]>([
    ['of nothing', {}, /nothing to write/],
    ['of more than 100 writes', { jobs: Array.from({ length: 101 }, () => work()) }, /101 writes/],
    ['with an item over 400 KB', { records: [record('a', ['x'.repeat(410_000)])] }, /an item at most/],
    ['over 4 MB', { jobs: Array.from({ length: 11 }, () => work('x'.repeat(400_000))) }, /one transaction at most/],
    [
      'with one item twice',
      { records: [record('a'), update(counter, { name: 'a' }, { add: { count: 1 } })] },
      /written twice/,
    ],
    ['with a job that does not fit', { jobs: [{ ...work(), payload: null }] }, /"work": payload: /],
    ['with a bad payload for its group', { jobs: [{ ...step('g'), payload: null }] }, /"step": payload: /],
    ['with a job on an unknown lane', { jobs: [{ ...work(), lane: 'x' }] }, /"work": lane: /],
  ])('%s is refused', (_, change, message) => {
    expect(() => planOf(change)).toThrow(ChangeRefusedError)
    expect(() => planOf(change)).toThrow(message)
  })

  it('ends a chain of jobs after 16 hops, and leaves room for the completion among the 100 writes', () => {
    expect(planOf({ jobs: [work()] }, maxHops).writes).toHaveLength(1)
    expect(() => planOf({ jobs: [work()] }, maxHops + 1)).toThrow(/job 17 of a chain, which ends at 16/)
    expect(planOf({ records: [record('a')] }, maxHops + 1).writes).toHaveLength(1)
    const jobs = (count: number) => ({ jobs: Array.from({ length: count }, () => work()) })
    expect(planOf(jobs(99), 1, completion).writes).toHaveLength(100)
    expect(() => planOf(jobs(100), 1, completion)).toThrow(/100 writes exceed the 99 that a job can write/)
  })
})
