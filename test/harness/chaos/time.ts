/** What would take a day or longer: jobs whose time comes late, and a stream that forgets what its relay has not read. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { outboxKey } from '../../../shared/lib/id.ts'
import { resourceName, stackName } from '../../../shared/lib/names.ts'
import { apiAt } from '../../e2e/support/api.ts'
import { local, tableName } from '../../e2e/support/aws.ts'
import type { Accepted } from './load.ts'
import type { ChaosStack } from './stack.ts'
import { clientConfig } from './tables.ts'

/** How many jobs the stream forgets. */
const toForget = 20

/** The jobs that wait in the outbox are due now, so that the next sweep has to send them. */
export async function waitIsOver(stack: ChaosStack, { waiting }: Accepted): Promise<void> {
  const now = new Date()
  await setTime(stack.awsUrl(), waiting, 'runAt', now)
  // The sort key of the index that the sweeper reads.
  await setTime(stack.awsUrl(), waiting, 'dueAt', now)
}

/**
 * The relays are off, jobs are accepted, and the stream forgets them; 25 hours later, the reconciler is called. It must come
 * at a time when nothing else is in the stream.
 */
export async function forget(stack: ChaosStack, accepted: Accepted): Promise<void> {
  const ask = <T>(method: string, path: string) => local<T>(method, path, undefined, stack.awsUrl())
  const switchRelays = (verb: 'enable' | 'disable') =>
    Promise.all(
      ['relay', 'relay-ordered'].map((name) =>
        ask('POST', `/_local/mappings/${resourceName({ prefix: stackName('local') }, name)}/${verb}`),
      ),
    )
  const api = apiAt(stack.apiUrl())
  await switchRelays('disable')
  const jobs = Array.from({ length: toForget }, (_, n) => ({ type: 'probe', payload: { key: `forgotten-${n}` } }))
  const { body } = await api.post<{ jobs: { id: string }[] }>('/job-batches', { jobs })
  const ids = body.jobs.map(({ id }) => id)
  for (const [n, id] of ids.entries()) {
    accepted.probes.set(`forgotten-${n}`, id)
    accepted.jobs.add(id)
    accepted.forgotten.add(id)
  }
  await ask('POST', `/_local/streams/${tableName('outbox')}/trim`)
  await switchRelays('enable')
  await setTime(stack.awsUrl(), ids, 'createdAt', new Date(Date.now() - 25 * 3_600_000))
  await api.post('/reconcile')
}

/** An update is no insert, so no relay sees it. */
async function setTime(awsUrl: string, ids: Iterable<string>, attribute: 'runAt' | 'dueAt' | 'createdAt', at: Date) {
  const client = new DynamoDBClient(clientConfig(awsUrl))
  for (const id of ids) {
    await client.send(
      new UpdateItemCommand({
        TableName: tableName('outbox'),
        Key: marshall(outboxKey(id)),
        UpdateExpression: 'SET #attribute = :at',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: marshall({ ':at': at.toISOString() }),
      }),
    )
  }
  client.destroy()
}
