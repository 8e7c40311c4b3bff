import { expect, test } from 'vitest'
import type { Stats } from '../../functions/api/routes/stats/schemas.ts'
import { api } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postJob, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'

const stats = async () => (await api.get<Stats>('/stats')).body
const bulk = async () => (await stats()).lanes.find(({ name }) => name === 'bulk')

test('stats show every lane and the failing jobs', async () => {
  const { lanes, jobs } = await stats()
  expect(lanes.map(({ name }) => name).toSorted()).toEqual(['bulk', 'default', 'ordered', 'urgent'])
  for (const lane of lanes)
    expect(lane).toMatchObject({
      visible: expect.any(Number),
      inFlight: expect.any(Number),
      delayed: expect.any(Number),
    })
  expect(jobs).toEqual({ retrying: expect.any(Number), dead: expect.any(Number) })
})

test('a job that waits for its time is counted as delayed', async () => {
  const id = await postJob(probeJob({ key: unique('key') }, { lane: 'bulk', delaySeconds: 600 }))
  await eventually('it is counted', bulk, (lane) => (lane?.delayed ?? 0) > 0)
  await api.post(`/jobs/${id}/cancel`)
})

test('a dead job is counted, and its dead letter in its lane', async () => {
  await jobIs(await postJob(probeJob({ key: unique('key'), permanent: true }, { lane: 'bulk' })), 'dead')
  expect((await stats()).jobs.dead).toBeGreaterThan(0)
  await eventually('its dead letter is counted', bulk, (lane) => (lane?.dead ?? 0) > 0)
})

test('the API is healthy', async () => {
  expect(await api.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
})
