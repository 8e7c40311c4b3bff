import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { recordReader } from '../../functions/aws/record-reader.ts'
import { defineRecord } from '../../shared/define/record.ts'

const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string() }),
  key: ({ id }: { id: string }) => ({ pk: id, sk: 'order' }),
})

/** A table that refuses every query. */
const refusing = (name: string, message: string) =>
  recordReader(
    {
      send: async () => Promise.reject(Object.assign(new Error(message), { name })),
    } as never as DynamoDBDocumentClient,
    'shop',
  )

it('says what a table lacks whose owner gave it no index for lists', async () => {
  const reader = refusing('ValidationException', 'The table does not have the specified index: listed')
  await expect(reader.list(order as never, { listed: 'orders', limit: 1 })).rejects.toThrow(
    'the table shop has no index "listed", so no list of order can be read: give it a global secondary index of that name, with the text keys _listed and pk',
  )
})

it('passes on every other fault as it is, so that throttling is still told', async () => {
  const reader = refusing('ProvisionedThroughputExceededException', 'slow down')
  await expect(reader.list(order as never, { listed: 'orders', limit: 1 })).rejects.toMatchObject({
    name: 'ProvisionedThroughputExceededException',
  })
})
