/** The list of jobs on real indexes, with many jobs in the same millisecond. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchReader } from '../../functions/aws/batch-reader.ts'
import { groupJobsOf } from '../../functions/aws/group-jobs.ts'
import { jobIndexesOf } from '../../functions/aws/job-indexes.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { jobId, outboxKey } from '../../shared/lib/id.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { releaseWrite } from '../../shared/outbox/release.ts'
import type { JobFilter } from '../../shared/recovery/job-list/filter.ts'
import { idOf } from '../../shared/recovery/job-list/listed-job.ts'
import { jobPage, type ListPlace } from '../../shared/recovery/job-list.ts'
import { appWith, jobType } from '../support/app.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { simIds } from '../support/random.ts'

describe('the list of jobs on DynamoDB', () => {
  const registry = appWith()
  const now = new Date('2026-01-01T00:00:00Z')
  const later = new Date(now.getTime() + 1)
  const runAt = new Date('2026-01-02T00:00:00Z')
  const ids = simIds()
  const idsOf = (count: number) => Array.from({ length: count }, () => ids.fresh())
  const [dead, done, scheduled] = [idsOf(30), idsOf(30), idsOf(30)]
  const newestFirst = [...scheduled.toReversed(), ...done.toReversed(), ...dead.toReversed()]
  let engine: Awaited<ReturnType<typeof startDynamoLocal>>

  beforeAll(async () => {
    engine = await startDynamoLocal()
    const store = dynamoStore(engine.documents, tableNames)
    const put = async (id: string, at: Date, start?: Date) => {
      const job = { ...request(jobType(registry, 'work'), { label: id }, { runAt: start }), id }
      await store.write(outboxWrite(job, { now: at, hops: 0, outboxLifetime: 1e6 }, registry))
    }
    const claim = async (jobId: string) => {
      const limits = { leaseUntil: 0, maxAttempts: 1, onCrash: 'retry', owner: 'o', expiresAt: 2e9 } as const
      await store.write(
        claimWrite({ jobId, type: 'work', lane: 'default', now, createdAt: now.toISOString(), ...limits }),
      )
    }
    await Promise.all([
      ...dead.map(async (jobId) => {
        await put(jobId, now)
        await claim(jobId)
        await store.write(dieWrite({ jobId, owner: 'o', now, expiresAt: 2e9, attempt: 1, error: 'no', failures: [] }))
      }),
      ...done.map(async (jobId) => {
        await put(jobId, now)
        await claim(jobId)
        await store.write(completeWrite({ jobId, owner: 'o', now, expiresAt: 2e9 }))
      }),
      ...scheduled.map((id) => put(id, later, runAt)),
    ])
  })
  afterAll(() => engine?.stop())

  it('reads the jobs of a group with what decides their order', async () => {
    const store = dynamoStore(engine.documents, tableNames)
    const groupJobs = groupJobsOf(engine.documents, 'outbox')
    expect(await groupJobs('none')).toEqual([])
    const id = jobId(ids.fresh(), 'g')
    const job = { ...request(jobType(registry, 'step'), { label: 'x', group: 'g' }, { runAt }), id }
    await store.write(outboxWrite(job, { now, hops: 0, outboxLifetime: 1 }, registry, { seq: 3, change: 'c' }))
    const turn = { id, lane: 'ordered', createdAt: now.toISOString(), runAt: runAt.toISOString(), seq: 3 }
    expect(await groupJobs('g')).toEqual([turn])
    await store.write({ op: 'delete', table: 'outbox', key: outboxKey(id) })
  })

  async function listed(filter: JobFilter, limit: number, between: () => Promise<void> = async () => {}) {
    const reader = batchReader(engine.documents, tableNames, { consistent: false })
    const deps = { ...reader, indexes: jobIndexesOf(engine.documents, tableNames), hasAll: true, registry, now }
    const found: string[] = []
    let after: ListPlace | undefined
    do {
      const page = await jobPage(deps, filter, { after, limit })
      found.push(...page.jobs.map(idOf))
      after = page.next
      await between()
    } while (after)
    return found
  }

  it.each([1, 7, 100])('has each job once, newest first, page by page of %i', async (limit) => {
    expect(await listed({}, limit)).toEqual(newestFirst)
  })

  it.each([1, 7, 100])('has those of each status, page by page of %i', async (limit) => {
    expect(await listed({ status: 'dead' }, limit)).toEqual(dead.toReversed())
    expect(await listed({ status: 'succeeded' }, limit)).toEqual(done.toReversed())
    expect((await listed({ status: 'scheduled' }, limit)).toSorted()).toEqual(scheduled.toSorted())
    expect(await listed({ status: 'running' }, limit)).toEqual([])
  })

  it('is bounded by since, which is inclusive, and until, which is not', async () => {
    const [first, second] = [now.toISOString(), later.toISOString()]
    expect(await listed({ since: second }, 7)).toEqual(newestFirst.slice(0, 30))
    expect(await listed({ until: second }, 7)).toEqual(newestFirst.slice(30))
    expect(await listed({ since: second, until: second }, 7)).toEqual([])
    expect(await listed({ since: second, until: first }, 7)).toEqual([])
    expect(await listed({ status: 'scheduled', until: runAt.toISOString() }, 7)).toEqual([])
    expect(await listed({ status: 'scheduled', since: runAt.toISOString() }, 7)).toHaveLength(30)
  })

  it('goes on where it was, although the job before has left the index', async () => {
    const store = dynamoStore(engine.documents, tableNames)
    const rest = [...scheduled]
    const found = await listed({ status: 'scheduled' }, 3, async () => {
      for (const id of rest.splice(0, 4)) await store.write(releaseWrite({ id }, 'standard', now))
    })
    expect(new Set(found).size).toBe(found.length)
    expect(found.length).toBeGreaterThan(10)
  })
})
