/** Nothing here dies on the lane `default`: dead-letters.test.ts watches its alarm. */
import { randomUUID } from 'node:crypto'
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
  test.each([
    ['without a payload', { payload: undefined }, 'no payload text'],
    ['with a payload that is not JSON', { payload: '{' }, 'not JSON'],
    ['with an id that is none', { id: 'none' }, 'not a job id'],
    // A new item would wait for a deploy that adds the lane.
    [
      'on a lane that does not exist',
      { lane: 'nowhere', createdAt: '2026-01-01T00:00:00.000Z' },
      'unknown lane "nowhere" (known: ',
    ],
    ['without a lane', { lane: undefined }, 'lane'],
    ['of a newer version', { v: 2 }, 'not an envelope of version 1'],
  ])('%s goes to the failure queue with its body and the reason', async (_, change, reason) => {
    const key = unique('near')
    const item = { ...outboxItem({}), ...change, pk: unique('malformed'), sk: randomUUID() }
    await putInOutbox(outboxItem({ key }))
    await putInOutbox(item)
    await putInOutbox(outboxItem({ key }))
    const letter = JSON.parse((await messageWith('relay-failures', item.pk)).Body ?? '')
    expect(letter.reason).toContain(reason)
    expect(letter.record.dynamodb.NewImage.pk.S).toBe(item.pk)
    await probeCounts(key, 2)
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
