import { beforeAll, describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { type Job, jobIs, jobsAre, postBatch, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

interface Page<T> {
  readonly jobs?: readonly T[]
  readonly deadLetters?: readonly T[]
  readonly next?: string
}
type Entry = Job & { readonly diedAt?: string; readonly error?: string }

/** All entries of a list, page by page. */
async function all(path: string, query: string): Promise<Entry[]> {
  const entries: Entry[] = []
  let cursor: string | undefined
  do {
    const { status, body } = await api.get<Page<Entry>>(
      `${path}?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
    )
    expect(status).toBe(200)
    entries.push(...(body.jobs ?? body.deadLetters ?? []))
    cursor = body.next
  } while (cursor !== undefined)
  return entries
}

let since: string
let dead: string[]
beforeAll(async () => {
  since = new Date().toISOString()
  const jobs = Array.from({ length: 7 }, () => probeJob({ key: unique('key'), permanent: true }, { lane: 'bulk' }))
  dead = await postBatch(jobs)
  await jobsAre(dead, 'dead')
})

describe.each(['/jobs', '/dead-letters'])('%s', (path) => {
  const status = path === '/jobs' ? '&status=dead' : ''

  test('shows every dead job once, page by page, in the order of their deaths', async () => {
    const found = await all(path, `limit=2&type=probe&since=${since}${status}`)
    const ids = found.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(dead))
    const times = found.map(({ finishedAt, diedAt }) => finishedAt ?? diedAt ?? '')
    // Jobs come newest first, dead letters oldest first: that is the order of their repair.
    expect(times).toEqual(path === '/jobs' ? times.toSorted().reverse() : times.toSorted())
  })

  test('is narrowed by type and time', async () => {
    expect(await all(path, `type=write-audit-entry&since=${since}${status}`)).toEqual([])
    const before = await all(path, `type=probe&until=${since}${status}`)
    expect(before.map(({ id }) => id).filter((id) => dead.includes(id))).toEqual([])
  })

  test.each(['limit=0', 'limit=501', 'since=yesterday', 'cursor=none', 'status=finished', 'colour=red'])(
    'refuses ?%s',
    async (query) => {
      const { status, body } = await api.get<Problem>(`${path}?${query}`)
      expect(status).toBe(422)
      expect(body.errors?.length).toBeGreaterThan(0)
    },
  )
})

describe('/dead-letters', () => {
  test('counts all that match by type and error', async () => {
    const { body } = await api.get<{ groups: { type: string; error: string; count: number }[] }>(
      `/dead-letters?type=probe&since=${since}&limit=1`,
    )
    const counted = body.groups.reduce((sum, { count }) => sum + count, 0)
    expect(counted).toBeGreaterThanOrEqual(7)
  })
})

describe('/jobs', () => {
  test('shows the jobs of each status, newest first, and no others', async () => {
    const key = unique('key')
    const tenant = key
    const wanted = {
      scheduled: await postJob({ ...probeJob({ key }, { lane: 'bulk' }), tenant, delaySeconds: 3_600 }),
      // A delay of up to 15 minutes is in the queue.
      soon: await postJob({ ...probeJob({ key }, { lane: 'bulk' }), tenant, delaySeconds: 600 }),
      running: await postJob({ ...probeJob({ key, workMs: 8_000 }, { lane: 'bulk' }), tenant }),
      retrying: await postJob({ ...probeJob({ key, failAttempts: 4 }, { lane: 'bulk' }), tenant }),
      succeeded: await postJob({ ...probeJob({ key }, { lane: 'bulk' }), tenant }),
      dead: await postJob({ ...probeJob({ key, permanent: true }, { lane: 'bulk' }), tenant }),
      cancelled: await postJob({ ...probeJob({ key }, { lane: 'bulk' }), tenant, delaySeconds: 3_600 }),
    }
    await api.post(`/jobs/${wanted.cancelled}/cancel`, {})
    const { soon, ...ofStatus } = wanted
    for (const [status, id] of Object.entries(ofStatus)) {
      const listed = () => all('/jobs', `status=${status}&type=probe&lane=bulk&since=${since}`)
      const seen = await eventually(`${status} is listed`, listed, (jobs) => jobs.some((job) => job.id === id))
      expect(new Set(seen.map((job) => job.status))).toEqual(new Set([status]))
      if (status === 'scheduled') expect(seen.map((job) => job.id)).toContain(soon)
    }
    const listed = await all('/jobs', `type=probe&since=${since}&limit=3`)
    const ids = listed.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining([...Object.values(wanted), ...dead]))
    const times = listed.map(({ createdAt }) => createdAt)
    expect(times).toEqual(times.toSorted().reverse())
    expect((await all('/jobs', `id=${wanted.succeeded}`)).map(({ id }) => id)).toEqual([wanted.succeeded])
    expect((await all('/jobs', `id=${wanted.dead.slice(0, -1)}&status=dead`)).map(({ id }) => id)).toEqual([
      wanted.dead,
    ])
  })

  test.each([
    ['type=no-such-job', 'type', 'is not a job type'],
    ['lane=no-such-lane', 'lane', 'is not a lane'],
    ['since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 'until', 'must be after since'],
    ['id=a%20b', 'id', 'must be the beginning of a job id'],
    ['record=order/1&status=dead', 'status', 'cannot be combined with record'],
  ])('refuses ?%s, and says why', async (query, path, message) => {
    const { status, body } = await api.get<Problem>(`/jobs?${query}`)
    expect([status, body.errors?.map((error) => error.path)]).toEqual([422, [path]])
    expect(body.errors?.[0]?.message).toContain(message)
  })

  test('shows a job that waits for its next attempt, and no longer when it is done', async () => {
    const id = await postJob(probeJob({ key: unique('key'), failAttempts: 3 }, { lane: 'bulk' }))
    const listed = async () => (await all('/jobs', `status=retrying&since=${since}`)).find((job) => job.id === id)
    const seen = await eventually('it is listed', listed, (job) => job !== undefined, { every: 50 })
    expect(seen).toMatchObject({ type: 'probe', lane: 'bulk', lastError: expect.stringContaining('told to fail') })
    await jobIs(id, 'succeeded')
    expect(await listed()).toBeUndefined()
  })
})
