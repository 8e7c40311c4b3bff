/** DynamoDB takes at most 10 GB of outbox items of one group. It never takes the next one, so nobody is asked to try again. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { expect, it } from 'vitest'
import { documentClient } from '../../functions/aws/document-client.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import type { Write } from '../../shared/lib/write.ts'

const write: Write = { op: 'put', table: 'outbox', item: { pk: 'group~g', sk: 'g~1' } }
const reason = 'Collection size exceeded.'

it('a job of a group that is full is refused for good, alone and with other writes', async () => {
  const client = documentClient()
  mockClient(client)
    .on(PutCommand)
    .rejects(Object.assign(new Error(reason), { name: 'ItemCollectionSizeLimitExceededException' }))
    .on(TransactWriteCommand)
    .rejects(
      new TransactionCanceledException({
        message: 'Transaction cancelled',
        $metadata: {},
        CancellationReasons: [{ Code: 'None' }, { Code: 'ItemCollectionSizeLimitExceeded', Message: reason }],
      }),
    )
  const store = dynamoStore(client, { records: 'r', outbox: 'o', effects: 'e' })
  const refused = new ChangeRefusedError(`DynamoDB refuses the change: ${reason}`)
  await expect(store.write(write)).rejects.toEqual(refused)
  await expect(store.transact([write, write], 'token')).rejects.toEqual(refused)
})
