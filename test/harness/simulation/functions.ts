/** The functions of the stack, made of the real core and the real adapters, each with SDK clients that are simulated. */
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda'
import { batchReader } from '../../../functions/aws/batch-reader.ts'
import { deadLetterQueue } from '../../../functions/aws/dead-letter-queue.ts'
import { dueIndexOf } from '../../../functions/aws/due-index.ts'
import type { LaneUrls } from '../../../functions/aws/environment.ts'
import { failingIndexOf } from '../../../functions/aws/failing-index.ts'
import { failureQueue } from '../../../functions/aws/failure-queue.ts'
import { consumerQueue, laneSender } from '../../../functions/aws/lane-queues.ts'
import { type LaneWaitsDeps, laneWaits } from '../../../functions/aws/lane-waits.ts'
import { outboxScan } from '../../../functions/aws/outbox-scan.ts'
import { dynamoStore } from '../../../functions/aws/store.ts'
import { streamRecord } from '../../../functions/aws/stream-record.ts'
import { turnIndexOf } from '../../../functions/aws/turn-index.ts'
import { laneMessage } from '../../../functions/consume/message.ts'
import { problemOf } from '../../../functions/reconcile/problem.ts'
import { runOf } from '../../../functions/reconcile/run.ts'
import { defineRegistry } from '../../../shared/define/registry.ts'
import type { Services } from '../../../shared/define/services.ts'
import { consumeBatch } from '../../../shared/execution/batch.ts'
import type { Ids } from '../../../shared/lib/id.ts'
import { lifetimes } from '../../../shared/lib/lifetimes.ts'
import type { LaneSender } from '../../../shared/lib/ports.ts'
import type { Change } from '../../../shared/outbox/change.ts'
import type { RequestResult } from '../../../shared/outbox/command-result.ts'
import { type CommandRequest, commitRequest } from '../../../shared/outbox/commit-request.ts'
import { dueBuckets, dueKey } from '../../../shared/outbox/envelope.ts'
import { relay } from '../../../shared/outbox/relay.ts'
import { decodeTimer } from '../../../shared/outbox/timer.ts'
import { allFailing } from '../../../shared/recovery/failing-jobs.ts'
import { type Run, reconcile } from '../../../shared/recovery/reconcile.ts'
import { type RedriveDeps, redrive } from '../../../shared/recovery/redrive.ts'
import { releaseTimed, sweep } from '../../../shared/recovery/sweep.ts'
import { lanes, type Outside, registry } from './app.ts'
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
  /** Something was sent to a lane for the first time, so late after its time, in ms. */
  readonly sentLate: (ms: number) => void
  /** Whether the application has all of its lanes, or its default lane was removed. */
  readonly knownLanes: () => 'all' | 'without default'
  /** How long a run of the reconciler works, in ms. */
  readonly runMs: number
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
  const db = client(dynamoDb) as unknown as DynamoDBDocumentClient
  const queues = client(sqs) as unknown as SQSClient
  const timers = laneSender(queues, new Map([['timers', { queueUrl: timersUrl }]]))
  return { db, queues, store: dynamoStore(db, tables), sender: laneSender(queues, urls), timers, clock: process.clock }
}

/** A request to the API. */
export function request(stack: Stack, change: Change, asked: Omit<CommandRequest, 'now'>) {
  return async (process: Process): Promise<RequestResult> => {
    const { store, clock } = adapters(stack, process)
    const deps = { store, clock, ids: stack.ids, registry, outboxLifetime: lifetimes.outbox }
    return commitRequest(deps, { ...asked, now: clock.now() }, change)
  }
}

/** A sender that notes how late messages are sent. */
function measured({ now, sentLate }: Stack, { send }: LaneSender): LaneSender {
  return {
    async send(lane, messages) {
      for (const { body } of messages) {
        const { runAt, createdAt } = JSON.parse(body)
        sentLate(now() - Date.parse(runAt ?? createdAt))
      }
      return send(lane, messages)
    },
  }
}

/** @param sent what a process of the relay remembers from one invocation to the next */
export function relayFunction(stack: Stack, records: readonly DynamoDBRecord[], sent: Map<string, number>) {
  return async (process: Process) => {
    const { sender, queues, clock, db, timers } = adapters(stack, process)
    const until = clock.now().getTime() + 40_000
    const { envelopes } = batchReader(db, tables)
    const ordered = { turns: turnIndexOf(db, tables.outbox), envelopes, timers, sent, until }
    const deps = {
      sender: measured(stack, sender),
      clock,
      lanes: kinds,
      reject: failureQueue(queues, 'none'),
      observe: () => {},
      ordered,
    }
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
    notDone: (job) => {
      witness.notDone.set(job, (witness.notDone.get(job) ?? 0) + 1)
    },
    die() {
      process.die()
      return new Promise<never>(() => {})
    },
    mail: (key) =>
      process.call('SendEmailCommand', async () => {
        witness.mails.set(key, (witness.mails.get(key) ?? 0) + 1)
      }),
  }
}

const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

export function sweepFunction(stack: Stack) {
  return async (process: Process) => {
    const deps = sweepDeps(adapters(stack, process))
    return sweep(deps, buckets, deps.clock.now().getTime() + 70_000)
  }
}

export function timersFunction(stack: Stack, records: readonly SQSRecord[]) {
  return async (process: Process) => {
    const deps = sweepDeps(adapters(stack, process))
    const jobs = records.flatMap(({ body }) => decodeTimer(body))
    await releaseTimed(deps, jobs, deps.clock.now().getTime() + 70_000)
    return { batchItemFailures: [] }
  }
}

function sweepDeps({ store, timers, clock, db }: ReturnType<typeof adapters>) {
  return { store, timers, clock, registry, due: dueIndexOf(db, tables.outbox), observe: () => {} }
}

/** As functions/reconcile/lambda.ts runs it; what it returns is what it leaves to the next runs. */
export function reconcileFunction(stack: Stack, event: unknown) {
  return async (process: Process): Promise<readonly Run[]> => {
    const { store, sender, clock, db, queues } = adapters(stack, process)
    const known = stack.knownLanes() === 'all' ? registry : withoutDefault
    const began = stack.now()
    const observe = ({ kind }: { kind: string }) => {
      stack.witness.event(kind)
    }
    const send: typeof sender.send = async (lane, messages) => {
      for (const { body } of messages) witnessResend(stack, lane, JSON.parse(body).id, began)
      return sender.send(lane, messages)
    }
    const reader = { ...batchReader(db, tables), scan: outboxScan(db, tables.outbox) }
    const ages = {
      sqs: queues,
      urls,
      prefix: 'simulated',
      lanes: [...known.lanes.values()],
      now: stack.now,
      ...stack.watch,
    }
    const around = { waits: () => laneWaits(ages), failing: failingIndexOf(db, tables.effects) }
    const deps = { store, sender: { send }, clock, registry: known, ...reader, ...around, observe }
    const run = runOf(event)
    const result = await reconcile(deps, run, clock.now().getTime() + stack.runMs)
    if (!result.complete) throw new Error(problemOf(run, result))
    return result.next
  }
}

const withoutDefault = defineRegistry(
  [],
  lanes.filter(({ name }) => name !== 'default'),
)

/** A run that died between a send and its mark is repeated within this time, and sends the job once more. ms. */
const repeated = 10 * 60_000

/** The reconciler sends what has no message any more; none gets lost unless the world took it away, none is sent that waits. */
function witnessResend({ dynamoDb, sqs, witness, now }: Stack, lane: string, id: string, began: number): void {
  witness.resent(id, now())
  const { queue, deadLetters, isOrdered } = sqs.lanes.find(({ name }) => name === lane) as SimSqs['lanes'][number]
  // What is older than the retention is there no more, though the world has not dropped it yet.
  const oldest = now() - lifetimes.queueRetention * 1_000
  const waits = queue.messages.some(
    ({ body, sentAt, receiveCount }) =>
      body.includes(id) && sentAt > oldest && sentAt < began - repeated && (isOrdered || receiveCount <= 3),
  )
  if (waits) witness.sentAgain.push(id)
  if (witness.outage || witness.excused.has(id) || witness.unsent.has(id)) return
  const state = dynamoDb.item('effects', { pk: id })?.state
  if (state === 'succeeded' || state === 'cancelled') return
  const isThere = [...queue.messages, ...deadLetters.messages].some(({ body }) => body.includes(id))
  if (!isThere) witness.unexplained.push(id)
}

/** `POST /dead-letters/redrive {all: true}` */
export function redriveFunction(stack: Stack) {
  return async (process: Process) => {
    const made = adapters(stack, process)
    const now = made.clock.now()
    const dead = allFailing(failingIndexOf(made.db, tables.effects), ['dead'], { until: now.toISOString() }, 100)
    return redrive(redriveDeps(stack, made), dead, now.getTime() + 9_000)
  }
}

/** What the routes of single jobs work with. */
export function jobActionDeps(stack: Stack, process: Process, action: 'cancel' | 'replay') {
  const made = adapters(stack, process)
  const deps = redriveDeps(stack, made)
  // What is cancelled is not sent.
  return action === 'cancel' ? { ...deps, store: made.store } : deps
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
