/** What a batch adds to its members, at several sizes: write units and time, next to the same jobs without a batch. */
import application from '../../../../app/application.ts'
import probe from '../../../../app/jobs/probe.ts'
import { clock } from '../../../../functions/aws/clock.ts'
import { documentClient } from '../../../../functions/aws/document-client.ts'
import { tableNames } from '../../../../functions/aws/environment.ts'
import { ids } from '../../../../functions/aws/ids.ts'
import { dynamoStore } from '../../../../functions/aws/store.ts'
import { mostJobs } from '../../../../shared/batch/items.ts'
import { registryOf } from '../../../../shared/define/application.ts'
import { addToBatch, batch, callback, sealBatch } from '../../../../shared/define/batch.ts'
import { request } from '../../../../shared/define/job.ts'
import { outboxKey } from '../../../../shared/lib/id.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { pooled } from '../../../../shared/lib/pooled.ts'
import type { Change } from '../../../../shared/outbox/change.ts'
import { commitRequest } from '../../../../shared/outbox/commit-request.ts'
import { encodeMessage } from '../../../../shared/outbox/message.ts'
import { decodeItem } from '../../../../shared/outbox/outbox-item.ts'
import type { Inputs } from '../child.ts'
import { queueEvent, type Received } from '../events.ts'
import { contextFor, type Handler, handlerOf, timed } from '../inside.ts'
import { metered } from '../usage.ts'

/** What a batch adds to each of its members. */
export interface BatchRound {
  readonly members: number
  /** Write units, its callback apart. */
  readonly writeUnits: number
  /** Time of its consumer, relative to the same jobs without a batch. */
  readonly time: number
  /** Callbacks that it caused. */
  readonly callbacks: number
}

/** Invocations at the same time. */
const width = 5
/** Messages of an invocation. */
const messagesOfBatch = 10

export async function measure(inputs: Inputs, say: (line: string) => void): Promise<readonly BatchRound[]> {
  const handler = await handlerOf(inputs.bundles['consume-default'] ?? '')
  const found: BatchRound[] = []
  for (const members of inputs.quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000]) {
    found.push(await round(inputs, handler, members))
    say(`${members} members`)
  }
  return found
}

async function round({ gatewayUrl }: Inputs, handler: Handler, members: number): Promise<BatchRound> {
  const plain = await consumed(gatewayUrl, handler, () => plainJobs(members))
  const id = ids.fresh()
  const inBatch = await consumed(gatewayUrl, handler, () => membersOf(id, members))
  const store = dynamoStore(documentClient(), tableNames())
  const callbackId = ids.derive(id, 'onFinished')
  const caused = await store.get('outbox', outboxKey(callbackId))
  return {
    members,
    writeUnits: (inBatch.writeUnits - plain.writeUnits) / members,
    time: inBatch.ms / plain.ms,
    callbacks: caused ? 1 : 0,
  }
}

/** Write units of some jobs from their request to their end, and the time of their consumer. */
async function consumed(gatewayUrl: string, handler: Handler, ask: () => Promise<readonly string[]>) {
  let jobs: readonly string[] = []
  const asked = await metered(gatewayUrl, async () => {
    jobs = await ask()
  })
  const messages = await messagesOf(jobs)
  const batches = Array.from({ length: Math.ceil(messages.length / messagesOfBatch) }, (_, n) =>
    messages.slice(n * messagesOfBatch, (n + 1) * messagesOfBatch),
  )
  let ms = 0
  const run = await metered(gatewayUrl, async () => {
    ms = await timed(() => pooled(batches, width, (one) => handler(queueEvent(one), contextFor(15))))
  })
  return { writeUnits: asked.writeUnits + run.writeUnits, ms }
}

function messagesOf(jobs: readonly string[]): Promise<Received[]> {
  const store = dynamoStore(documentClient(), tableNames())
  return pooled(jobs, width, async (id) => {
    const decoded = decodeItem((await store.get('outbox', outboxKey(id))) ?? {})
    if (decoded.kind !== 'envelope') throw new Error(`job ${id} was not written`)
    return { MessageId: ids.fresh(), ReceiptHandle: 'none', Body: encodeMessage(decoded.envelope) }
  })
}

/** Each with a record of its own, so that no two transactions meet. */
const requests = (count: number) => Array.from({ length: count }, () => request(probe, { key: ids.fresh() }))

const sizesOf = (members: number) =>
  Array.from({ length: Math.ceil(members / mostJobs) }, (_, n) => Math.min(mostJobs, members - n * mostJobs))

function plainJobs(count: number): Promise<readonly string[]> {
  return pooled(sizesOf(count), width, (size) => commit({ jobs: requests(size) })).then((lists) => lists.flat())
}

/** Up to a hundred members at once; more are added to an open batch, which is sealed then. */
async function membersOf(id: string, members: number): Promise<readonly string[]> {
  const onFinished = callback(probe, { key: id })
  if (members < mostJobs) return commit({ batches: [batch({ id, jobs: requests(members), onFinished })] })
  await commit({ batches: [batch({ id, open: true, onFinished })] })
  const lists = await pooled(sizesOf(members), width, (size) => commit({ batches: [addToBatch(id, requests(size))] }))
  await commit({ batches: [sealBatch(id)] })
  return lists.flat()
}

async function commit(change: Change): Promise<readonly string[]> {
  const registry = registryOf(application, { probes: true })
  const store = dynamoStore(documentClient(), tableNames())
  const deps = { store, clock, ids, registry, outboxLifetime: lifetimes.outbox }
  const result = await commitRequest(deps, { id: ids.fresh(), now: clock.now() }, change)
  if (result.kind !== 'committed') throw new Error(`the change ended as ${result.kind}`)
  return result.jobs.map(({ id }) => id)
}
