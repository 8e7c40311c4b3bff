import { expect, test } from 'vitest'
import { getJob, jobIs, type Probe, postBatch, probeCounts, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

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
  expect((await getJob(second)).attempts).toBe(0)
  await jobIs(second, 'succeeded')
  expect((await probeCounts(stuck, 2)).labels).toEqual(['0', '1'])
})
