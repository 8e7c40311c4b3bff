import { ListMessageMoveTasksCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { expect } from 'vitest'
import type { RedriveResult } from '../../../functions/api/routes/dead-letters/schemas.ts'
import { api } from './api.ts'
import { sqs } from './aws.ts'
import type { Doomed } from './doomed.ts'
import { eventually } from './eventually.ts'
import { jobIs } from './jobs.ts'
import { mailsTo } from './mails.ts'
import { look, queueArn } from './queues.ts'

export const redrive = (body: object) => api.post<RedriveResult>('/dead-letters/redrive', body)

/** The job goes on to its end, its mail comes once, and its dead letter is gone. */
export async function isHealed({ order, jobId }: Pick<Doomed, 'order' | 'jobId'>): Promise<void> {
  const job = await jobIs(jobId, 'succeeded')
  expect(job.attempts).toBe(6)
  expect(await mailsTo(order.email)).toHaveLength(1)
  await eventually(
    `no dead letter of ${jobId}`,
    () => look('default-dlq', jobId),
    (deadLetter) => deadLetter === undefined,
  )
}

/** With its destination: the consumers put the dead letters there themselves, so SQS does not know where they came from. */
export async function moveAllBack(lane: string): Promise<void> {
  const [SourceArn, DestinationArn] = await Promise.all([queueArn(`${lane}-dlq`), queueArn(lane)])
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }))
  await eventually(
    'the move is complete',
    async () => (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results?.[0],
    (task) => task?.Status === 'COMPLETED',
  )
}
