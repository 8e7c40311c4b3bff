import type { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { expect, it, onTestFinished, vi } from 'vitest'
import { batchReader } from '../../functions/aws/batch-reader.ts'
import { clock } from '../../functions/aws/clock.ts'

/** A table that throttles: it reads one key of a batch, and leaves the others. */
function throttlingClient() {
  const asked: number[] = []
  const client = {
    async send({ input }: BatchGetCommand) {
      const [[table = '', { Keys = [] }] = ['', {}]] = Object.entries(input.RequestItems ?? {})
      asked.push(Keys.length)
      const [first, ...others] = Keys
      const UnprocessedKeys = others.length > 0 ? { [table]: { Keys: others } } : {}
      return { Responses: { [table]: [first] }, UnprocessedKeys }
    },
  } as unknown as DynamoDBDocumentClient
  return { client, asked }
}

it('keys that a table did not process are asked for again, after growing pauses', async () => {
  vi.spyOn(clock, 'random').mockReturnValue(1)
  const sleep = vi.spyOn(clock, 'sleep').mockResolvedValue()
  onTestFinished(() => void vi.restoreAllMocks())
  const { client, asked } = throttlingClient()
  const { effects } = batchReader(client, { outbox: 'outbox', effects: 'effects' })
  const found = await effects(['a', 'b', 'c', 'd', 'e'])
  expect(found.map(({ pk }) => pk)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(asked).toEqual([5, 4, 3, 2, 1])
  expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([50, 100, 200, 400])
})
