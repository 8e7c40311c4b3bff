/** The functions of the stack, made of the real core and the real adapters, each with SDK clients that are simulated. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda'
import { deadLetterQueue } from '../../functions/aws/dead-letter-queue.ts'
import { dueIndexOf } from '../../functions/aws/due-index.ts'
import type { LaneUrls } from '../../functions/aws/environment.ts'
import { failureQueue } from '../../functions/aws/failure-queue.ts'
import { consumerQueue, laneSender } from '../../functions/aws/lane-queues.ts'
import { outboxScan } from '../../functions/aws/outbox-scan.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { streamRecord } from '../../functions/aws/stream-record.ts'
import { batchReader, troubleIndexOf } from '../../functions/aws/trouble-index.ts'
import { laneMessage } from '../../functions/consume/message.ts'
import { consumeBatch } from '../../shared/batch.ts'
import type { Change } from '../../shared/change.ts'
import { type CommandResult, command, type Request } from '../../shared/command.ts'
import type { Ids } from '../../shared/id.ts'
import { lifetimes } from '../../shared/lifetimes.ts'
import { dueBuckets, dueKey } from '../../shared/outbox-item.ts'
import { reconcileHour } from '../../shared/reconcile.ts'
import { type RedriveDeps, redrive } from '../../shared/redrive.ts'
import { relay } from '../../shared/relay.ts'
import type { Services } from '../../shared/services.ts'
import { sweep } from '../../shared/sweep.ts'
import { allTrouble } from '../../shared/trouble.ts'
import { lanes, type Outside, registry } from './app.ts'
import type { SimDynamoDb } from './dynamodb.ts'
import type { Process } from './process.ts'
import { deadLetterUrl, queueUrl, type SimSqs } from './sqs.ts'
import type { Witness } from './witness.ts'

export interface Stack {
  readonly dynamoDb: SimDynamoDb
  readonly sqs: SimSqs
  readonly ids: Ids
  readonly witness: Witness
  readonly now: () => number
}

const tables = { records: 'records', outbox: 'outbox', effects: 'effects' }
const urls: ReadonlyMap<string, LaneUrls> = new Map(
  lanes.map(({ name, kind }) => [name, { kind, queueUrl: queueUrl(name), deadLetterUrl: deadLetterUrl(name) }]),
)
const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))

interface Command {
  readonly constructor: { readonly name: string }
  readonly input: unknown
}

/** What a process works with. */
function adapters({ dynamoDb, sqs }: Stack, process: Process) {
  const client = (service: SimDynamoDb | SimSqs) => ({
    send: ({ constructor: { name }, input }: Command) => process.call(name, () => service.perform(name, input)),
  })
  const db = client(dynamoDb) as unknown as DynamoDBClient
  const queues = client(sqs) as unknown as SQSClient
  return { db, queues, store: dynamoStore(db, tables), sender: laneSender(queues, urls), clock: process.clock }
}

/** A request to the API. */
export function request(stack: Stack, change: Change, asked: Omit<Request, 'now'>) {
  return async (process: Process): Promise<CommandResult> => {
    const { store, clock } = adapters(stack, process)
    const deps = { store, clock, ids: stack.ids, registry, outboxLifetime: lifetimes.outbox }
    return command(deps, { ...asked, now: clock.now() }, change)
  }
}

export function relayFunction(stack: Stack, records: readonly DynamoDBRecord[]) {
  return async (process: Process) => {
    const { sender, queues, clock } = adapters(stack, process)
    const deps = { sender, clock, lanes: kinds, reject: failureQueue(queues, 'none'), observe: () => {} }
    const unsent = await relay(deps, records.map(streamRecord))
    return { batchItemFailures: unsent.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}

export function consumerFunction(stack: Stack, lane: string, records: readonly SQSRecord[]) {
  return async (process: Process) => {
    const { store, queues, clock } = adapters(stack, process)
    const deps = {
      store,
      clock,
      queue: consumerQueue(queues, urls.get(lane) as LaneUrls),
      registry,
      services: { simulated: outsideOf(stack, process) } as unknown as Services,
      ids: stack.ids,
      lifetimes,
      observe: ({ kind }: { kind: string }) => stack.witness.event(kind),
      report: ({ error }: { error: unknown }) => {
        if (/TypeError|Validation/.test(String(error))) throw error
      },
    }
    const skew = clock.now().getTime() - stack.now()
    const returned = await consumeBatch(deps, records.map(laneMessage), process.deadline + skew)
    return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}

function outsideOf({ witness, now }: Stack, process: Process): Outside {
  return {
    begin: (context) => witness.begin(process, context, now()),
    pause: process.clock.sleep,
    mail: (key) =>
      process.call('SendEmailCommand', async () => {
        witness.mails.set(key, (witness.mails.get(key) ?? 0) + 1)
      }),
  }
}

const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

export function sweepFunction(stack: Stack) {
  return async (process: Process) => {
    const { store, sender, clock, db } = adapters(stack, process)
    const deps = { store, sender, clock, registry, due: dueIndexOf(db, tables.outbox), observe: () => {} }
    return sweep(deps, buckets, clock.now().getTime() + 70_000)
  }
}

/** As functions/reconcile/lambda.ts runs it at an hour. */
export function reconcileFunction(stack: Stack, at: number) {
  return async (process: Process) => {
    const { store, sender, clock, db } = adapters(stack, process)
    const observe = ({ kind }: { kind: string }) => {
      stack.witness.event(kind)
    }
    const send: typeof sender.send = async (lane, messages) => {
      for (const { body } of messages) witnessResend(stack, lane, JSON.parse(body).id)
      return sender.send(lane, messages)
    }
    const reader = { ...batchReader(db, tables), scan: outboxScan(db, tables.outbox) }
    const deps = { store, sender: { send }, clock, registry, ...reader, observe }
    const { unsent, complete } = await reconcileHour(deps, new Date(at), clock.now().getTime() + 890_000)
    if (unsent > 0 || !complete) throw new Error('not all could be sent')
  }
}

/** The reconciler sends what has no message any more; none gets lost unless the world took it away. */
function witnessResend({ dynamoDb, sqs, witness, now }: Stack, lane: string, id: string): void {
  witness.resent(id, now())
  if (witness.outage || witness.excused.has(id) || witness.unsent.has(id)) return
  const state = dynamoDb.item('effects', { pk: id })?.state
  if (state === 'succeeded' || state === 'cancelled') return
  const { queue, deadLetters } = sqs.lanes.find(({ name }) => name === lane) as SimSqs['lanes'][number]
  const isThere = [...queue.messages, ...deadLetters.messages].some(({ body }) => body.includes(id))
  if (!isThere) witness.unexplained.push(id)
}

/** `POST /dead-letters/redrive {all: true}` */
export function redriveFunction(stack: Stack) {
  return async (process: Process) => {
    const made = adapters(stack, process)
    const now = made.clock.now()
    const dead = allTrouble(troubleIndexOf(made.db, tables.effects), ['dead'], { until: now.toISOString() }, 100)
    return redrive(redriveDeps(stack, made), dead, now.getTime() + 9_000)
  }
}

/** What the routes of single jobs work with. */
export function jobActionDeps(stack: Stack, process: Process) {
  const made = adapters(stack, process)
  return { store: made.store, clock: made.clock, ids: stack.ids, registry, redrive: redriveDeps(stack, made) }
}

function redriveDeps({ ids, witness }: Stack, made: ReturnType<typeof adapters>): RedriveDeps {
  const { clock, queues, db } = made
  const deadLetters = (lane: string) => deadLetterQueue(queues, urls.get(lane))
  const store: typeof made.store = {
    ...made.store,
    write(write) {
      if (write.table === 'effects' && write.op === 'update') witness.unsent.add(String(write.key.pk))
      return made.store.write(write)
    },
  }
  const send: typeof made.sender.send = async (lane, messages) => {
    const results = await made.sender.send(lane, messages)
    for (const [i, { body }] of messages.entries())
      if (results[i]?.kind === 'sent') witness.unsent.delete(JSON.parse(body).id)
    return results
  }
  return { store, sender: { send }, clock, ids, registry, deadLetters, ...batchReader(db, tables) }
}
