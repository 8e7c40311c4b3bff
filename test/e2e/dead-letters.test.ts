/** Only this file lets jobs die on the lane `default`: it watches that lane's alarm. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeadLetters } from '../../functions/api/routes/dead-letters/schemas.ts'
import { api, type Problem } from './support/api.ts'
import { alarm, breakDown, withAws } from './support/aws.ts'
import { type Doomed, doomedOrders, mailFault } from './support/doomed.ts'
import { eventually } from './support/eventually.ts'
import { getJob, jobIs } from './support/jobs.ts'
import { firstMailTo, mailsTo } from './support/mails.ts'
import { unique } from './support/names.ts'
import { jobOf, type Order, placeOrder } from './support/orders.ts'
import { messageWith } from './support/queues.ts'
import { isHealed, moveAllBack, redrive } from './support/redrive.ts'

let dying: Promise<Doomed[]> | undefined

/** Receipts for the second suite. Their jobs die while the job of the first suite does. */
function sixDoomed(): Promise<Doomed[]> {
  dying ??= doomedOrders(6)
  return dying
}

withAws('a receipt that SES refuses', () => {
  const fault = mailFault(unique('refused'))
  let order: Order
  let jobId: string
  beforeAll(async () => {
    sixDoomed().catch(() => {})
    await breakDown(fault.rule)
    order = await placeOrder(`${fault.rule.match}@example.com`)
    jobId = jobOf(order, 'send-receipt')
  })
  afterAll(() => fault.fix())

  test('is tried again, and is dead after its last attempt', async () => {
    const retrying = await jobIs(jobId, 'retrying')
    expect(retrying).toMatchObject({ lastError: expect.stringContaining('MessageRejected'), maxAttempts: 5 })
    const dead = await jobIs(jobId, 'dead')
    expect(dead).toMatchObject({ attempts: 5, finishedAt: expect.any(String) })
  })

  test('does not hold up the receipts of others', async () => {
    const other = await placeOrder()
    await firstMailTo(other.email)
    expect((await getJob(jobId)).status).toBe('dead')
    expect(await mailsTo(order.email)).toEqual([])
  })

  test('is listed with its error, and counted in a group of such errors', async () => {
    const { body } = await api.get<DeadLetters>(`/dead-letters?type=send-receipt&since=${order.createdAt}`)
    expect(body.deadLetters).toContainEqual({
      id: jobId,
      type: 'send-receipt',
      lane: 'default',
      error: expect.stringContaining('MessageRejected'),
      attempts: 5,
      diedAt: expect.any(String),
    })
    expect(body.groups).toContainEqual({
      type: 'send-receipt',
      error: expect.stringContaining('MessageRejected'),
      count: expect.any(Number),
    })
  })

  test('is in the dead-letter queue with its body and the reason, and the alarm is in ALARM', async () => {
    const letter = await messageWith('default-dlq', jobId)
    expect(JSON.parse(letter.Body ?? '')).toMatchObject({ id: jobId, payload: { email: order.email } })
    expect(letter.MessageAttributes?.reason?.StringValue).toContain('MessageRejected')
    await eventually(
      'the alarm of the dead-letter queue',
      () => alarm('default-dead-letters'),
      ({ state }) => state === 'ALARM',
    )
  })

  test('succeeds when SES takes it and it is redriven, with one mail', async () => {
    await fault.fix()
    expect(await redrive({ ids: [jobId] })).toMatchObject({
      status: 202,
      body: { matched: 1, moved: 1, complete: true },
    })
    await isHealed({ order, jobId })
    expect((await redrive({ ids: [jobId] })).body).toEqual({ matched: 0, moved: 0, complete: true })
  })
})

withAws('dead letters are redriven', () => {
  let doomed: Doomed[]
  beforeAll(async () => {
    doomed = await sixDoomed()
  })
  const next = () => doomed.shift() as Doomed

  test('never by an empty filter', async () => {
    for (const empty of [{}, { dryRun: true }]) {
      const { status, body } = await api.post<Problem>('/dead-letters/redrive', empty)
      expect(status).toBe(422)
      expect(body.errors).toEqual([{ path: '', message: 'an empty filter matches nothing' }])
    }
  })

  test('not at all by a dry run, which counts what would go', async () => {
    const ids = doomed.map(({ jobId }) => jobId)
    const { body } = await redrive({ ids, dryRun: true })
    expect(body).toEqual({ matched: 6, moved: 0, complete: true })
    for (const id of ids) expect((await getJob(id)).status).toBe('dead')
  })

  test('one by one, by replaying the job', async () => {
    const one = next()
    expect((await api.post(`/jobs/${one.jobId}/replay`)).status).toBe(202)
    await isHealed(one)
  })

  test('by their ids', async () => {
    const [one, other] = [next(), next()]
    const { body } = await redrive({ ids: [one.jobId, other.jobId] })
    expect(body).toEqual({ matched: 2, moved: 2, complete: true })
    await Promise.all([isHealed(one), isHealed(other)])
  })

  test('by a filter of type and time', async () => {
    const [one, other, last] = doomed
    const window = { type: 'send-receipt', since: one?.diedAt, until: last?.diedAt }
    const { body } = await redrive(window)
    expect(body).toEqual({ matched: 2, moved: 2, complete: true })
    expect((await getJob(last?.jobId ?? '')).status).toBe('dead')
    await Promise.all([isHealed(one as Doomed), isHealed(other as Doomed)])
  })

  test('natively, by StartMessageMoveTask of SQS; with the last of them the alarm is over', async () => {
    await moveAllBack('default')
    await isHealed(doomed.at(-1) as Doomed)
    await eventually(
      'the alarm is over',
      () => alarm('default-dead-letters'),
      ({ state }) => state === 'OK',
    )
  })
})
