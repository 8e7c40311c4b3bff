/** Nothing here dies on the lane `default`: dead-letters.test.ts watches its alarm. */
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { alarm, sqs, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postJob, probeCounts, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { messageWith, queueUrl } from './support/queues.ts'
import { messageOf, outboxItem, putInOutbox } from './support/tables.ts'

withAws('a message that nobody can read', () => {
  test('goes to the dead-letter queue with its body and the reason; the others of its batch are done', async () => {
    const [garbage, key] = [unique('garbage'), unique('near')]
    const bodies = [0, 1, 2, 3].map((label) => messageOf(outboxItem({ key, label: String(label) })))
    bodies.splice(2, 0, `{"${garbage}"`, JSON.stringify({ v: 1, note: `${garbage} as well` }))
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: await queueUrl('urgent'),
        Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    )
    expect((await probeCounts(key, 4)).labels.toSorted()).toEqual(['0', '1', '2', '3'])
    const letter = await messageWith('urgent-dlq', `{"${garbage}"`)
    expect(letter.Body).toBe(`{"${garbage}"`)
    expect(letter.MessageAttributes?.reason?.StringValue).toBe('the message body is not JSON')
    const other = await messageWith('urgent-dlq', `${garbage} as well`)
    expect(other.MessageAttributes?.reason?.StringValue).toContain('not an envelope')
  })
})

withAws('a job whose payload does not fit its schema', () => {
  test('is dead at once and says what does not fit', async () => {
    const item = outboxItem({ key: 17, label: unique('unfit') })
    await putInOutbox(item)
    const job = await jobIs(item.id, 'dead')
    expect(job.attempts).toBe(1)
    expect(job.lastError).toMatch(/does not fit the schema of "probe": key: /)
    const letter = await messageWith('urgent-dlq', item.id)
    expect(letter.MessageAttributes?.reason?.StringValue).toContain('does not fit the schema')
  })
})

withAws('a job of a type that the code does not know', () => {
  test('is tried again, for it may be a deploy in progress', async () => {
    const item = outboxItem({}, { type: unique('tomorrow') })
    await putInOutbox(item)
    const job = await jobIs(item.id, 'retrying')
    expect(job.lastError).toContain('unknown to this version of the code')
  })
})

withAws('an outbox item that the relay cannot forward', () => {
  const later = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
  test.each<[string, object, string]>([
    ['without a payload', { payload: undefined }, 'no payload text'],
    ['with a payload that is a map', { payload: { key: 'k' } }, 'no payload text'],
    ['with a payload that is not JSON', { payload: '{' }, 'not JSON'],
    [
      'with a number that JavaScript does not have',
      { payload: '{"key":12345678901234567890}' },
      'payload.key is a whole',
    ],
    ['with an id that is none', { id: 'none' }, 'not a job id'],
    ['under another key than its id', { pk: unique('order') }, 'its id asks for'],
    // A new item would wait for a deploy that adds the lane.
    [
      'on a lane that does not exist',
      { lane: 'nowhere', createdAt: '2026-01-01T00:00:00.000Z' },
      'unknown lane "nowhere" (known: ',
    ],
    ['without a lane', { lane: undefined }, 'lane'],
    ['without a type', { type: undefined }, 'type'],
    ['of a newer version', { v: 2 }, 'not an envelope of version 1'],
    ['with a time of Python', { createdAt: '2026-01-01T00:00:00.123456+00:00' }, 'createdAt'],
    ['without a TTL', { expiresAt: undefined }, 'expiresAt'],
    ['with a TTL in milliseconds', { expiresAt: Date.now() }, 'not in milliseconds'],
    ['with a tenant that SQS refuses', { tenant: 'Müller & Co' }, 'tenant'],
    ['on an ordered lane without a group', { lane: 'ordered' }, 'has no group'],
    [
      'that waits where the sweeper does not look',
      {
        runAt: later.toISOString(),
        due: 'due#7',
        dueAt: later.toISOString(),
        expiresAt: later.getTime() / 1000 + 86_400,
      },
      'due',
    ],
  ])('%s goes to the failure queue with its body and the reason', async (_, change, reason) => {
    const key = unique('near')
    const mark = unique('malformed')
    const item = { ...outboxItem({}), mark, ...change }
    await putInOutbox(outboxItem({ key }))
    await putInOutbox(item)
    await putInOutbox(outboxItem({ key }))
    const letter = JSON.parse((await messageWith('relay-failures', mark)).Body ?? '')
    expect(letter.reason).toContain(reason)
    expect(letter.record.dynamodb.NewImage.mark.S).toBe(mark)
    await probeCounts(key, 2)
  })

  test('with an attribute that JavaScript has no number for is forwarded', async () => {
    const item = outboxItem({ key: unique('big') }, { invoice: 2n ** 70n })
    await putInOutbox(item)
    await jobIs(item.id, 'succeeded')
  })

  test('sets off the alarm of the failure queue, and jobs go on', async () => {
    await eventually(
      'the alarm',
      () => alarm('relay-failures'),
      ({ state }) => state === 'ALARM',
    )
    await jobIs(await postJob(probeJob({ key: unique('after') })), 'succeeded')
  })
})

withAws('a message that was delivered before', () => {
  test('is ignored, ten times over', async () => {
    const key = unique('once')
    const item = outboxItem({ key })
    await putInOutbox(item)
    await jobIs(item.id, 'succeeded')
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: messageOf(item) }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: await queueUrl('urgent'), Entries }))
    await jobIs(await postJob(probeJob({ key: unique('after') }, { lane: 'urgent' })), 'succeeded')
    expect(await probeCounts(key, 1)).toMatchObject({ count: 1 })
    expect((await jobIs(item.id, 'succeeded')).attempts).toBe(1)
  })
})
