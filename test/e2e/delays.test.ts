import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { api } from './support/api.ts'
import { invoke, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { getJob, type Job, jobIs, jobsAre, postJob, probe, probeJob, type Receipt } from './support/jobs.ts'
import { address, unique } from './support/names.ts'
import { receiver } from './support/receiver.ts'
import { bringForward, itemsWith, outboxItem, putInOutbox } from './support/tables.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

const lateness = ({ startedAt = '', runAt = '', createdAt }: Job) =>
  Date.parse(startedAt) - Date.parse(runAt || createdAt)

/**
 * It starts at its time: not before, and at most 2 s later than the slowest of the jobs for now that are posted until that very
 * time. So what else is in the lane, or takes the machine when the job is sent or when it is run, holds up both.
 */
async function keepsItsTime(id: string): Promise<void> {
  const { lane, runAt = '' } = await getJob(id)
  const others: string[] = []
  for (let left = 1; left > 0; ) {
    left = Date.parse(runAt) - Date.now()
    await sleep(Math.max(0, Math.min(left, 3_000)))
    others.push(await postJob(probeJob({ key: unique('now') }, { lane, ...group({ lane }) })))
  }
  const job = await jobIs(id, 'succeeded')
  const slowest = Math.max(...(await jobsAre(others, 'succeeded')).map(lateness))
  expect(lateness(job)).toBeGreaterThanOrEqual(0)
  // A release is a timer, a function that may have to start, and a second way through the stream.
  expect(lateness(job)).toBeLessThan(lane === 'ordered' ? 3 * slowest + 4_000 : slowest + 2_000)
}

const group = ({ lane }: Pick<Job, 'lane'>) => (lane === 'ordered' ? { group: unique('group') } : {})

describe('a job for later', () => {
  test.concurrent('is scheduled, and starts when its delay is over', async () => {
    const { body } = await api.post<Receipt>('/jobs', probeJob({ key: unique('later') }, { delaySeconds: 4 }))
    expect(body.status).toBe('scheduled')
    const job = await getJob(body.id)
    expect(Date.parse(job.runAt ?? '') - Date.parse(job.createdAt)).toBe(4_000)
    await keepsItsTime(body.id)
  })

  test.concurrent('starts at the time that it names', async () => {
    const id = await postJob(probeJob({ key: unique('later') }, { runAt: inSeconds(6), lane: 'urgent' }))
    await keepsItsTime(id)
  })
})

/** What lets an outbox item wait for its time in the index. */
function dueIn(seconds: number) {
  const runAt = inSeconds(seconds)
  return { runAt, due: 'due#0', dueAt: runAt }
}

withAws('the sweeper', () => {
  const [key, timed] = [unique('near'), unique('timed')]
  const near = outboxItem({ key: unique('near') }, dueIn(1))
  let soon: ReturnType<typeof outboxItem>
  let ids: Record<'far' | 'timed', string>

  /** One sweep for all of them: from then on none comes but those of the schedule. */
  beforeAll(async () => {
    ids = {
      far: await postJob(probeJob({ key: unique('far') }, { runAt: inSeconds(3_600) })),
      timed: await postJob(probeJob({ key: timed }, { lane: 'ordered', group: timed, runAt: inSeconds(20) })),
    }
    soon = outboxItem({ key }, dueIn(15))
    for (const item of [near, soon]) await putInOutbox(item)
    await invoke('sweep')
  })
  const isOffTheIndex = ({ id }: typeof near) =>
    eventually(
      'it is off the index',
      () => itemsWith('outbox', id),
      ([swept]) => swept !== undefined && !('due' in swept),
    )

  test.concurrent('holds a job back that is beyond the reach of SQS, on a sparse index', async () => {
    await jobIs(near.id, 'succeeded')
    const [item] = await itemsWith('outbox', ids.far)
    expect(item).toMatchObject({ due: expect.stringMatching(/^due#\d$/) })
    expect((await getJob(ids.far)).status).toBe('scheduled')
  })

  test.concurrent('sends a job whose time comes near, to start on its second; and takes it off the index', async () => {
    await isOffTheIndex(soon)
    expect((await getJob(soon.id)).status).toBe('scheduled')
    await keepsItsTime(soon.id)
    expect((await probe(key)).count).toBe(1)
  })

  test.concurrent('keeps the time of an ordered job, too, whose timer is set by the relay and by a sweep', async () => {
    await keepsItsTime(ids.timed)
    expect((await probe(timed)).count).toBe(1)
  })

  test.concurrent('comes every minute by itself, and releases an ordered job that has no timer', async () => {
    await Promise.all([near, soon].map(isOffTheIndex))
    const key = unique('ordered')
    const id = await postJob(probeJob({ key }, { lane: 'ordered', group: key, runAt: inSeconds(3_600) }))
    await bringForward(id, inSeconds(1))
    await jobIs(id, 'succeeded', { within: 200_000 })
    expect((await probe(key)).count).toBe(1)
  }, 240_000)
})

withAws('a retry that waits for more than 15 minutes', () => {
  test.concurrent('waits in the outbox, has no message, and lost no attempt to a busy receiver', async () => {
    await using crm = await receiver(() => ({ status: 429, text: '', headers: { 'retry-after': '3600' } }))
    const { body: user } = await api.post<{ id: string }>('/users', { email: address('busy'), fullName: 'Busy' })
    const id = await postJob({ type: 'sync-crm', payload: { userId: user.id, url: crm.url } })
    const [item] = await eventually(
      'it waits in the index',
      () => itemsWith('outbox', id),
      (items) => items.some(({ due }) => due !== undefined),
    )
    expect(Date.parse(String(item?.dueAt)) - Date.now()).toBeGreaterThan(3_500_000)
    expect(await getJob(id)).toMatchObject({ status: 'retrying', attempts: 0, nextAttemptAt: item?.dueAt })
    expect(crm.deliveries).toHaveLength(1)
  })
})

withAws('the reconciler', () => {
  test.concurrent('sends what was never relayed, once', async () => {
    const key = unique('lost')
    // On an index partition that nobody sweeps: neither relay nor sweeper sends it.
    const item = outboxItem({ key }, { ...dueIn(-3_600), due: 'nowhere', createdAt: inSeconds(-3_600) })
    await putInOutbox(item)
    // While the lane has messages and no age of them was measured yet, each of its jobs counts as late, not lost.
    const sent = async () => {
      await invoke('reconcile')
      await invoke('reconcile', { at: new Date().toISOString() })
      return (await getJob(item.id)).status
    }
    // Each time is two runs of the reconciler over the whole outbox: seldom is soon enough.
    await eventually('the job has succeeded', sent, (status) => status === 'succeeded', {
      within: 120_000,
      every: 3_000,
    })
    expect((await getJob(item.id)).attempts).toBe(1)
    expect((await probe(key)).count).toBe(1)
  })
})

test('a short delay is kept on the ordered lane too, and does not hold up another group', async () => {
  const [key, group] = [unique('key'), unique('group')]
  const delayed = await postJob(probeJob({ key }, { lane: 'ordered', group, delaySeconds: 3 }))
  const other = await postJob(probeJob({ key: unique('key') }, { lane: 'ordered', group: unique('group') }))
  await jobIs(other, 'succeeded')
  const { runAt = '', finishedAt = '' } = await jobIs(delayed, 'succeeded')
  expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(runAt))
  // The next sweep could be a minute away: this one did not wait for it.
  expect(Date.parse(finishedAt) - Date.parse(runAt)).toBeLessThan(20_000)
  expect((await probe(key)).count).toBe(1)
})
