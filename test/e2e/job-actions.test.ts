import { describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { getJob, jobIs, postJob, probe, probeJob, type Receipt } from './support/jobs.ts'
import { unique } from './support/names.ts'

const cancel = (id: string) =>
  api.post<Receipt & Partial<Pick<Problem, 'detail'>>>(`/jobs/${encodeURIComponent(id)}/cancel`)
const replay = (id: string) => api.post<Receipt>(`/jobs/${encodeURIComponent(id)}/replay`)
const later = { delaySeconds: 600 }

describe('cancel', () => {
  test('ends a job that has not started, however often it is asked for', async () => {
    const id = await postJob(probeJob({ key: unique('key') }, later))
    for (const _ of [1, 2]) expect(await cancel(id)).toMatchObject({ status: 200, body: { id, status: 'cancelled' } })
    expect(await getJob(id)).toMatchObject({ status: 'cancelled', attempts: 0 })
  })

  test('keeps a job from running when its time comes', async () => {
    const [key, fence] = [unique('key'), unique('key')]
    const id = await postJob(probeJob({ key }, { delaySeconds: 8 }))
    const after = await postJob(probeJob({ key: fence }, { delaySeconds: 9 }))
    expect((await cancel(id)).status).toBe(200)
    await jobIs(after, 'succeeded')
    expect((await probe(key)).count).toBe(0)
    expect((await getJob(id)).status).toBe('cancelled')
  })

  test('is refused with 409 once the job runs, and it goes on', async () => {
    const key = unique('key')
    const id = await postJob(probeJob({ key, workMs: 2_000 }))
    await jobIs(id, 'running', { every: 20 })
    const { status, body } = await cancel(id)
    expect(status).toBe(409)
    expect(body.detail).toContain('running')
    await jobIs(id, 'succeeded')
    expect((await probe(key)).count).toBe(1)
  })

  test('is refused with 409 when the job has ended', async () => {
    const done = await postJob(probeJob({ key: unique('key') }))
    const dead = await postJob(probeJob({ key: unique('key'), permanent: true }, { lane: 'urgent' }))
    await Promise.all([jobIs(done, 'succeeded'), jobIs(dead, 'dead')])
    expect((await cancel(done)).status).toBe(409)
    expect((await cancel(dead)).status).toBe(409)
  })

  test('is refused with 409 while the job waits for its next attempt', async () => {
    const id = await postJob(probeJob({ key: unique('key'), failAttempts: 4 }, { lane: 'urgent' }))
    await jobIs(id, 'retrying')
    expect((await cancel(id)).status).toBe(409)
  })
})

describe('replay with another payload', () => {
  const edit = (id: string, payload: object, key?: string) =>
    api.post<Receipt & Partial<Pick<Problem, 'errors'>>>(
      `/jobs/${encodeURIComponent(id)}/replay`,
      { payload },
      key ? { 'idempotency-key': key } : {},
    )

  test('runs a new job once, and the old one never again, also under two operators and a repeated request', async () => {
    const [key, fixed] = [unique('key'), unique('fixed')]
    const id = await postJob(probeJob({ key, permanent: true }, { lane: 'urgent' }))
    await jobIs(id, 'dead')
    const payload = { key: fixed, label: 'edited' }
    const refused = await edit(id, { key: fixed, failAttempts: 'many' })
    expect([refused.status, refused.body.errors?.map(({ path }) => path)]).toEqual([422, ['payload.failAttempts']])
    const idempotencyKey = unique('idempotency')
    const answers = await Promise.all([edit(id, payload, idempotencyKey), edit(id, payload)])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
    const made = answers.find(({ status }) => status === 202)?.body.id ?? ''
    if (answers[0]?.status === 202)
      expect(await edit(id, payload, idempotencyKey)).toMatchObject({ status: 202, body: { id: made } })
    expect(await jobIs(made, 'succeeded')).toMatchObject({ replayOf: id, lane: 'urgent', payload })
    expect(await getJob(id)).toMatchObject({ status: 'cancelled', replayedAs: made })
    expect((await replay(id)).status).toBe(409)
    expect([(await probe(fixed)).labels, (await probe(key)).count]).toEqual([['edited'], 0])
  })
})

describe('replay', () => {
  test('runs a cancelled job after all, once', async () => {
    const key = unique('key')
    const id = await postJob(probeJob({ key }, later))
    await cancel(id)
    // Its time has not come: it keeps the delay it was given.
    expect(await replay(id)).toMatchObject({ status: 202, body: { id, type: 'probe' } })
    expect((await replay(id)).status).toBe(409)
    expect((await probe(key)).count).toBe(0)
  })

  test('runs a cancelled job whose time has come, once', async () => {
    const key = unique('key')
    const id = await postJob(probeJob({ key }, { delaySeconds: 5 }))
    expect((await cancel(id)).status).toBe(200)
    expect((await replay(id)).status).toBe(202)
    expect(await jobIs(id, 'succeeded')).toMatchObject({ attempts: 1 })
    expect((await probe(key)).count).toBe(1)
  })

  test('gives a dead job another attempt', async () => {
    const id = await postJob(probeJob({ key: unique('key'), permanent: true }, { lane: 'urgent' }))
    await jobIs(id, 'dead')
    expect((await replay(id)).status).toBe(202)
    await eventually(
      'it died once more',
      () => getJob(id),
      ({ status, attempts }) => status === 'dead' && attempts === 2,
    )
  })

  test('of a dead ordered job runs it again, although SQS had the same message a moment ago', async () => {
    const key = unique('key')
    const id = await postJob(probeJob({ key, failAttempts: 5 }, { lane: 'ordered', group: key }))
    await jobIs(id, 'dead')
    expect((await replay(id)).status).toBe(202)
    expect(await jobIs(id, 'succeeded')).toMatchObject({ attempts: 6 })
    expect((await probe(key)).count).toBe(1)
  })

  test('is refused with 409 for a job that is neither dead nor cancelled', async () => {
    const done = await postJob(probeJob({ key: unique('key') }))
    const waiting = await postJob(probeJob({ key: unique('key') }, later))
    await jobIs(done, 'succeeded')
    expect((await replay(done)).status).toBe(409)
    expect((await replay(waiting)).status).toBe(409)
    await cancel(waiting)
  })
})
