import type { ReceiveMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { deadLetterQueue } from '../../functions/aws/dead-letter-queue.ts'

const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })

/** The letters of a queue whose messages have these attributes. */
async function lettersWith(...given: readonly object[]) {
  const asked: ReceiveMessageCommandInput[] = []
  const send = async ({ input }: { input: ReceiveMessageCommandInput }) => {
    asked.push(input)
    return { Messages: given.map((MessageAttributes) => ({ ReceiptHandle: 'r', Body: 'b', MessageAttributes })) }
  }
  const queue = deadLetterQueue({ send } as unknown as SQSClient, {
    kind: 'standard',
    queueUrl: 'q',
    deadLetterUrl: 'd',
  })
  return { letters: (await queue?.receive()) ?? [], asked }
}

it('a letter tells of a death only if a consumer buried it, and so gave a reason', async () => {
  const [deaths, reason] = [attribute('2'), attribute('Error: no')]
  const { letters, asked } = await lettersWith({ deaths, reason }, { deaths }, {})
  expect(letters.map((letter) => letter.deaths)).toEqual([2, 0, 0])
  expect(asked).toMatchObject([{ MessageAttributeNames: ['deaths', 'reason'] }])
})

it('letters are looked for on all servers of their queue', async () => {
  const { asked } = await lettersWith()
  expect(asked[0]?.WaitTimeSeconds).toBeGreaterThan(0)
})
