/** The relay is off for longer than the stream keeps records: the reconciler finds the jobs, sends them again and counts them. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { apiAt } from './support/api.ts'
import { type Alarm, alarmName, local, tableName } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, jobsAre, postJob, probeJob } from './support/jobs.ts'
import { ownStack } from './support/own-stack.ts'

test('a relay that was off past the life of the stream: the reconciler recovers every job, and the alarm is in ALARM', async () => {
  const own = await ownStack()
  onTestFinished(() => own[Symbol.asyncDispose]())
  const { apiUrl, awsUrl } = await own.start()
  const api = apiAt(apiUrl)
  const ask = <T>(method: string, path: string) => local<T>(method, path, undefined, awsUrl)
  const switchRelays = (verb: 'enable' | 'disable') =>
    Promise.all(
      ['relay', 'relay-ordered'].map((name) => ask('POST', `/_local/mappings/OutboxRelay-local-${name}/${verb}`)),
    )
  const unrelayedAlarm = async () => {
    const { alarms } = await ask<{ alarms: Alarm[] }>('GET', '/_local/alarms')
    return alarms.find(({ name }) => name === alarmName('unrelayed'))?.state
  }

  await switchRelays('disable')
  const plain = Array.from({ length: 5 }, (_, i) => probeJob({ key: `missed-${i}`, label: 'once' }))
  const missed = await Promise.all(
    [...plain, probeJob({ key: 'missed-ordered' }, { lane: 'ordered', group: 'g' })].map((job) => postJob(job, api)),
  )
  expect((await ask<{ trimmed: number }>('POST', `/_local/streams/${tableName('outbox')}/trim`)).trimmed).toBe(6)
  await switchRelays('enable')

  // What comes later is relayed; what was trimmed is not, and nobody has seen it.
  await jobIs(await postJob(probeJob({ key: 'later' }), api), 'succeeded', {}, api)
  for (const id of missed) expect((await api.get(`/jobs/${id}`)).body).toMatchObject({ status: 'pending', attempts: 0 })

  await written25HoursAgo(awsUrl, missed)
  expect(await unrelayedAlarm()).not.toBe('ALARM')
  expect((await api.post('/reconcile')).status).toBe(202)
  await jobsAre(missed, 'succeeded', {}, api)
  for (const { payload } of plain)
    expect((await api.get(`/probes/${payload.key}`)).body).toMatchObject({ count: 1, labels: ['once'] })
  await eventually('the alarm unrelayed is in ALARM', unrelayedAlarm, (state) => state === 'ALARM')
}, 120_000)

/** The reconciler leaves jobs of the last half hour in peace. An update is no insert, so no relay sees it. */
async function written25HoursAgo(endpoint: string, ids: readonly string[]): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  const createdAt = new Date(Date.now() - 25 * 3_600_000).toISOString()
  for (const id of ids) {
    const group = id.includes('~') ? `group~${id.split('~')[0]}` : id
    await client.send(
      new UpdateItemCommand({
        TableName: tableName('outbox'),
        Key: { pk: { S: group }, sk: { S: id } },
        UpdateExpression: 'SET createdAt = :createdAt',
        ExpressionAttributeValues: { ':createdAt': { S: createdAt } },
      }),
    )
  }
}
