import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { withAws } from './support/aws.ts'
import {
  getJob,
  type JobOptions,
  jobIs,
  jobsAre,
  type Probe,
  postBatch,
  postJob,
  probeCounts,
  probeJob,
} from './support/jobs.ts'
import { unique } from './support/names.ts'
import { outboxItem, putInOutbox } from './support/tables.ts'

const groups = 50
const perGroup = 20

/** Rounds of 100: two jobs of each group in every request, one of thirty fails once or twice. */
function rounds(run: string): object[][] {
  return Array.from({ length: perGroup / 2 }, (_, round) =>
    Array.from({ length: 2 * groups }, (_, i) => {
      const name = `${run}-${i % groups}`
      const label = String(2 * round + Math.floor(i / groups))
      const failAttempts = Math.random() < 1 / 30 ? 1 + Math.floor(Math.random() * 2) : 0
      return probeJob({ key: name, label, failAttempts }, { lane: 'ordered', group: name })
    }),
  )
}

test('1,000 jobs of 50 groups, some of which fail and are tried again: each once, each group in order', async () => {
  const run = unique('group')
  const ids: string[] = []
  for (const jobs of rounds(run)) ids.push(...(await postBatch(jobs)))
  expect(new Set(ids).size).toBe(1_000)

  const names = Array.from({ length: groups }, (_, i) => `${run}-${i}`)
  const done: Probe[] = []
  for (const name of names) done.push(await probeCounts(name, perGroup, { within: 280_000 }))
  const inOrder = Array.from({ length: perGroup }, (_, i) => String(i))
  for (const { count, labels } of done) {
    expect(labels).toEqual(inOrder)
    expect(count).toBe(perGroup)
  }
}, 300_000)

test('a group waits for its failing job while another group goes on', async () => {
  const [stuck, free] = [unique('stuck'), unique('free')]
  const job = (group: string, label: string, failAttempts = 0) =>
    probeJob({ key: group, label, failAttempts }, { lane: 'ordered', group })
  const [first = '', second = '', other = ''] = await postBatch([job(stuck, '0', 3), job(stuck, '1'), job(free, '0')])
  await jobIs(first, 'retrying', { every: 30 })
  await jobIs(other, 'succeeded')
  const waiting = await getJob(second)
  expect(waiting).toMatchObject({ attempts: 0, waitingFor: 'group', waitingOn: { job: first } })
  await jobIs(second, 'succeeded')
  expect((await probeCounts(stuck, 2)).labels).toEqual(['0', '1'])
})

describe('jobs of a group that wait for their time', () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
  const step = (group: string, label: string | number, options: JobOptions = {}) =>
    probeJob({ key: group, label: String(label) }, { lane: 'ordered', group, ...options })

  /** None starts before its time, and none waits for the sweeper, which comes every minute. A busy machine may take seconds. */
  async function keepTheirTimes(ids: readonly string[]): Promise<void> {
    for (const { startedAt = '', runAt = '', createdAt } of await jobsAre(ids, 'succeeded')) {
      const late = Date.parse(startedAt) - Date.parse(runAt || createdAt)
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThan(20_000)
    }
  }

  test.concurrent('run in the order in which they were written, if their time is the same', async () => {
    const group = unique('same')
    const runAt = inSeconds(4)
    const ids = await postBatch(Array.from({ length: 8 }, (_, i) => step(group, i, { runAt })))
    ids.push(await postJob(step(group, 8, { runAt })))
    expect((await probeCounts(group, 9)).labels).toEqual(Array.from({ length: 9 }, (_, i) => String(i)))
    await keepTheirTimes(ids)
  })

  test.concurrent('run in the order of their times, whenever they were written', async () => {
    const group = unique('mixed')
    const start = Date.now()
    const ids: string[] = []
    /** When each is due at the earliest and at the latest: on a busy machine, it may be written after its time. */
    const due = new Map<string, { readonly from: number; readonly to: number }>()
    const at = (label: number) => [label, { runAt: new Date(start + label * 1000).toISOString() }] as const
    const post = async (...steps: (readonly [label: number, options: JobOptions])[]) => {
      const asked = Date.now()
      ids.push(...(await postBatch(steps.map(([label, options]) => step(group, label, options)))))
      const answered = Date.now()
      for (const [label, { runAt, delaySeconds = 0 }] of steps) {
        const dueIf = (written: number) => Math.max(Date.parse(runAt ?? '') || 0, written + delaySeconds * 1000)
        due.set(String(label), { from: dueIf(asked), to: dueIf(answered) })
      }
    }
    await post(at(9), at(3), [0, {}])
    await post(at(2))
    await post(at(6))
    await sleep(start + 4_000 - Date.now())
    await post(at(5))
    await post([4, {}])
    await sleep(start + 7_000 - Date.now())
    await post([7, {}])
    await post([8, { delaySeconds: 1 }])
    const { labels } = await probeCounts(group, 9)
    expect(labels.toSorted()).toEqual(['0', '2', '3', '4', '5', '6', '7', '8', '9'])
    for (const [place, label] of labels.entries()) {
      const { from = 0 } = due.get(label) ?? {}
      for (const later of labels.slice(place + 1))
        expect(due.get(later)?.to, `${later} ran after ${label}`).toBeGreaterThanOrEqual(from)
    }
    await keepTheirTimes(ids)
  })

  test.concurrent('run in order around each second, while others of the group are written all the time', async () => {
    const group = unique('busy')
    const at = Math.ceil(Date.now() / 1000) * 1000 + 3_000
    const waiting = await postBatch(
      Array.from({ length: 6 }, (_, i) => step(group, at + i * 500, { runAt: new Date(at + i * 500).toISOString() })),
    )
    const written: { readonly asked: number; readonly answered: number }[] = []
    const ids: string[] = []
    while (Date.now() < at + 3_000) {
      const asked = Date.now()
      ids.push(await postJob(step(group, `now ${written.length}`)))
      written.push({ asked, answered: Date.now() })
    }
    await jobsAre([...waiting, ...ids], 'succeeded')
    const { labels } = await probeCounts(group, waiting.length + ids.length)

    const isWaiting = (label: string) => !label.startsWith('now')
    expect(labels.filter((label) => !isWaiting(label))).toEqual(written.map((_, i) => `now ${i}`))
    expect(labels.filter(isWaiting)).toEqual(waiting.map((_, i) => String(at + i * 500)))
    // A job that is being written while another becomes due may run on either side of it.
    for (const [place, label] of labels.entries()) {
      if (!isWaiting(label)) continue
      const before = labels.slice(0, place).filter((other) => !isWaiting(other)).length
      expect(before).toBeGreaterThanOrEqual(written.filter(({ answered }) => answered < Number(label)).length)
      expect(before).toBeLessThanOrEqual(written.filter(({ asked }) => asked <= Number(label)).length)
    }
  })
})

withAws('the relay of ordered lanes', () => {
  test.concurrent('takes along a job whose time is over and that nobody released', async () => {
    const group = unique('along')
    const runAt = new Date(Date.now() - 5_000).toISOString()
    const id = `${group}~${randomUUID()}`
    const key = { pk: `group~${group}`, sk: id, id, lane: 'ordered', group, runAt }
    // On a partition of the index that nobody sweeps.
    const waiting = { due: 'nowhere', dueAt: runAt, turn: `waiting#${runAt}`, createdAt: runAt }
    await putInOutbox(outboxItem({ key: group, label: 'waiting' }, { ...key, ...waiting }))
    await postJob(probeJob({ key: group, label: 'now' }, { lane: 'ordered', group }))
    expect((await probeCounts(group, 2)).labels).toEqual(['waiting', 'now'])
  })
})
