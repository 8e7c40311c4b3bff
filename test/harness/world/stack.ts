/** The parts that the functions of a world share, and the real adapters on them, each with SDK clients that are simulated. */
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { LaneUrls } from '../../../functions/aws/environment.ts'
import { laneSender } from '../../../functions/aws/lane-queues.ts'
import type { LaneWaitsDeps } from '../../../functions/aws/lane-waits.ts'
import { dynamoStore } from '../../../functions/aws/store.ts'
import type { Ids } from '../../../shared/lib/id.ts'
import { lanes } from './app.ts'
import type { SimDynamoDb } from './dynamodb.ts'
import type { Process } from './process.ts'
import { deadLetterUrl, queueUrl, type SimSqs, timersUrl } from './sqs.ts'
import type { Witness } from './witness.ts'

export interface Stack {
  readonly dynamoDb: SimDynamoDb
  readonly sqs: SimSqs
  readonly ids: Ids
  readonly witness: Witness
  readonly now: () => number
  /** What CloudWatch and Lambda tell of the lanes. */
  readonly watch: Pick<LaneWaitsDeps, 'monitor' | 'control'>
  /** What is deployed: whether consumers run code that does not know the jobs, and the lanes that the application has. */
  readonly deployed: { isOld: boolean; lanes: typeof lanes }
  /** How long a run of the reconciler works, in ms. */
  readonly runMs: number
  /** Within this time two runs of one hour may be at work on one part, in ms: each may send a job before the other's mark. */
  readonly repeatedWithin: number
  /** Whether somebody lets a job wait, in the stream or for its time, for longer than life would. */
  readonly isHeldUp: (job: string) => boolean
}

export const tables = { records: 'records', outbox: 'outbox', effects: 'effects' }
export const urls: ReadonlyMap<string, LaneUrls> = new Map(
  lanes.map(({ name, kind }) => [name, { kind, queueUrl: queueUrl(name), deadLetterUrl: deadLetterUrl(name) }]),
)

interface Command {
  readonly constructor: { readonly name: string }
  readonly input: unknown
}

export type Adapters = ReturnType<typeof adapters>

/** What a process works with. */
export function adapters({ dynamoDb, sqs, witness }: Stack, process: Process) {
  const client = (service: SimDynamoDb | SimSqs) => ({
    send: ({ constructor: { name }, input }: Command) =>
      process.call(name, () => {
        witness.writer = process
        return service.perform(name, input)
      }),
  })
  const db = client(dynamoDb) as unknown as DynamoDBDocumentClient
  const queues = client(sqs) as unknown as SQSClient
  const timers = laneSender(queues, new Map([['timers', { queueUrl: timersUrl }]]))
  return { db, queues, store: dynamoStore(db, tables), sender: laneSender(queues, urls), timers, clock: process.clock }
}
