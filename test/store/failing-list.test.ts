/** The list of failing jobs on a real index, with many jobs in the same millisecond. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failingIndexOf } from '../../functions/aws/failing-index.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { dieWrite } from '../../shared/execution/effect/end-writes.ts'
import { allFailing, failingPage } from '../../shared/recovery/failing-jobs.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { simIds } from '../support/random.ts'

describe('dead letters on DynamoDB', () => {
  let engine: Awaited<ReturnType<typeof startDynamoLocal>>
  const now = new Date('2026-01-01T00:00:00Z')
  const later = new Date(now.getTime() + 1)
  const ids = simIds()
  const jobs = Array.from({ length: 40 }, () => ids.fresh())

  beforeAll(async () => {
    engine = await startDynamoLocal()
    const store = dynamoStore(engine.documents, tableNames)
    const fixed = { owner: 'o', expiresAt: 2e9, attempt: 1, error: 'Error: no', failures: [] }
    const claim = { type: 'work', lane: 'default', leaseUntil: 0, maxAttempts: 1, onCrash: 'retry' } as const
    await Promise.all(
      jobs.map(async (jobId, i) => {
        const at = i < 30 ? now : later
        await store.write(claimWrite({ jobId, now: at, ...fixed, ...claim }))
        await store.write(dieWrite({ jobId, now: at, ...fixed }))
      }),
    )
  })
  afterAll(() => engine?.stop())

  const listed = async (filter: object, limit: number) => {
    const pages = await Array.fromAsync(
      allFailing(failingIndexOf(engine.documents, 'effects'), ['dead'], filter, limit),
    )
    return pages.flat().map(({ pk }) => pk)
  }

  it.each([1, 7, 100])('are listed once each, page by page of %i', async (limit) => {
    expect(await listed({}, limit)).toEqual(jobs)
  })

  it('are bounded by since, which is inclusive, and until, which is not', async () => {
    const time = later.toISOString()
    expect(await listed({ since: time }, 7)).toEqual(jobs.slice(30))
    expect(await listed({ until: time }, 7)).toEqual(jobs.slice(0, 30))
    expect(await listed({ since: now.toISOString(), until: now.toISOString() }, 7)).toEqual([])
  })

  it('are none between a time and an earlier one', async () => {
    expect(await listed({ since: later.toISOString(), until: now.toISOString() }, 7)).toEqual([])
  })

  it('go on from a place outside the times as if from their edge', async () => {
    const index = failingIndexOf(engine.documents, 'effects')
    const pageAfter = (failingAt: string, filter: object) =>
      failingPage(index, ['dead'], filter, { after: { pk: jobs[0] ?? '', failingAt }, limit: 100 })
    expect((await pageAfter('2025', { since: later.toISOString() })).effects).toHaveLength(10)
    expect((await pageAfter('2027', { until: later.toISOString() })).effects).toEqual([])
    expect((await pageAfter('zzz', {})).effects).toEqual([])
  })
})
