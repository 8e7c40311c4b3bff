import { describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { getJob, type Job, jobIs, postJob, probe, probeJob, type Receipt } from './support/jobs.ts'
import { unique } from './support/names.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const day = 86_400

describe('a job', () => {
  test('is accepted with 202 and its Location, where it is shown until it has succeeded', async () => {
    const key = unique('job')
    const { status, headers, body } = await api.post<Receipt>('/jobs', probeJob({ key, label: 'a' }))
    expect(status).toBe(202)
    expect(body).toEqual({ id: expect.any(String), type: 'probe', status: 'pending' })
    expect(headers.get('location')).toBe(`/jobs/${body.id}`)
    await jobIs(body.id, 'succeeded')
    const shown = await api.get<Job>(headers.get('location') ?? '')
    expect(shown.body).toMatchObject({
      id: body.id,
      type: 'probe',
      lane: 'default',
      status: 'succeeded',
      attempts: 1,
      maxAttempts: 5,
      payload: { key, label: 'a' },
    })
    const { createdAt, startedAt = '', finishedAt = '' } = shown.body
    expect([createdAt, startedAt, finishedAt].toSorted()).toEqual([createdAt, startedAt, finishedAt])
    expect(await probe(key)).toEqual({ key, count: 1, labels: ['a'] })
  })

  test('takes another lane when it is told to', async () => {
    const id = await postJob(probeJob({ key: unique('job') }, { lane: 'bulk', tenant: 'acme' }))
    expect(await jobIs(id, 'succeeded')).toMatchObject({ lane: 'bulk', tenant: 'acme' })
  })

  test('of a group is on the ordered lane, and its id is good in a path', async () => {
    const job = probeJob({ key: unique('job') }, { lane: 'ordered', group: 'a:b@c.d+e=f' })
    const { headers, body } = await api.post<Receipt>('/jobs', job)
    await jobIs(body.id, 'succeeded')
    expect((await api.get<Job>(headers.get('location') ?? '')).body).toMatchObject({
      id: body.id,
      group: 'a:b@c.d+e=f',
    })
  })

  test('starts at once when its time is some seconds past', async () => {
    const id = await postJob(probeJob({ key: unique('job') }, { runAt: inSeconds(-30) }))
    await jobIs(id, 'succeeded')
  })

  test('may be planned for a year', async () => {
    const id = await postJob(probeJob({ key: unique('job') }, { runAt: inSeconds(365 * day) }))
    expect((await getJob(id)).status).toBe('scheduled')
    expect((await api.post(`/jobs/${id}/cancel`)).status).toBe(200)
  })

  test.each([
    ['an unknown type', { type: 'no-such-job', payload: {} }, 'type'],
    ['no type', { payload: {} }, 'type'],
    ['a payload that does not fit', { type: 'probe', payload: { key: '' } }, 'payload.key'],
    ['no payload', { type: 'probe' }, 'payload'],
    ['an unknown lane', probeJob({ key: 'k' }, { lane: 'nowhere' }), 'lane'],
    ['a group without the ordered lane', probeJob({ key: 'k' }, { group: 'g' }), 'group'],
    ['the ordered lane without a group', probeJob({ key: 'k' }, { lane: 'ordered' }), 'group'],
    ['a group with a tilde', probeJob({ key: 'k' }, { lane: 'ordered', group: 'a~b' }), 'group'],
    ['a tenant with a space', probeJob({ key: 'k' }, { tenant: 'a b' }), 'tenant'],
    ['a time more than a year ahead', probeJob({ key: 'k' }, { runAt: inSeconds(367 * day) }), 'runAt'],
    ['a time more than a minute past', probeJob({ key: 'k' }, { runAt: inSeconds(-90) }), 'runAt'],
    ['a time that is none', probeJob({ key: 'k' }, { runAt: 'tomorrow' }), 'runAt'],
    ['a delay over a year', probeJob({ key: 'k' }, { delaySeconds: 367 * day }), 'runAt'],
    ['a delay back in time', probeJob({ key: 'k' }, { delaySeconds: -1 }), 'delaySeconds'],
    ['delay and time', probeJob({ key: 'k' }, { delaySeconds: 1, runAt: inSeconds(1) }), 'runAt'],
    ['a field that there is not', { ...probeJob({ key: 'k' }), priority: 1 }, ''],
  ])('with %s is refused, and told where', async (_, job, path) => {
    const { status, body } = await api.post<Problem>('/jobs', job)
    expect(status).toBe(422)
    expect(body.errors?.map((error) => error.path)).toContain(path)
  })
})
