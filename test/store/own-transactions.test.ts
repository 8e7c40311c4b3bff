/** Jobs in a transaction of the adopter's own, through a document client of the adopter's own, on DynamoDB itself. */
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dynamoStore, transactItem } from '../../functions/aws/store.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { request } from '../../shared/define/job.ts'
import { appWith, jobType } from '../support/app.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

let engine: Awaited<ReturnType<typeof startDynamoLocal>>
beforeAll(async () => {
  engine = await startDynamoLocal()
})
afterAll(() => engine?.stop())

const registry = appWith()
const work = jobType(registry, 'work')

function connected() {
  const store = dynamoStore(engine.documents, tableNames)
  const itemOf = (write: Parameters<typeof transactItem>[1]) => transactItem(tableNames, write)
  const records = undefined as never
  return {
    store,
    ...outboxOn({ store, records, clock: simClock(), ids: simIds(), registry, outboxLifetime: 60, itemOf }),
  }
}

it('writes the jobs with the item of the adopter, or neither', async () => {
  const { items, store } = connected()
  const client = DynamoDBDocumentClient.from(engine.client)
  const { items: own, jobs } = items([request(work, { label: 'a' })])
  const Put = {
    TableName: tableNames.records,
    Item: { pk: 'own', sk: 'own', total: 5 },
    ConditionExpression: 'attribute_not_exists(pk)',
  }
  await client.send(new TransactWriteCommand({ TransactItems: [{ Put }, ...own] }))
  const id = jobs[0]?.id ?? ''
  expect(await store.get('records', { pk: 'own', sk: 'own' })).toEqual(Put.Item)
  expect(await store.get('outbox', { pk: id, sk: id })).toMatchObject({ type: 'work', payload: '{"label":"a"}' })

  const second = items([request(work, { label: 'b' })])
  const again = client.send(new TransactWriteCommand({ TransactItems: [{ Put }, ...second.items] }))
  await expect(again).rejects.toMatchObject({ name: 'TransactionCanceledException' })
  const other = second.jobs[0]?.id ?? ''
  expect(await store.get('outbox', { pk: other, sk: other })).toBeUndefined()
})
