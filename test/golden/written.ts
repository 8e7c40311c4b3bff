/** Everything that this version of the code stores or sends, made by the code itself: one example of each shape. */
import application from '../../app/application.ts'
import { createOrder } from '../../app/commands/create-order.ts'
import { createUser } from '../../app/commands/create-user.ts'
import { createWebhook } from '../../app/commands/create-webhook.ts'
import { rotateWebhookSecret } from '../../app/commands/rotate-webhook-secret.ts'
import deliverWebhook from '../../app/jobs/deliver-webhook.ts'
import probe from '../../app/jobs/probe.ts'
import sendReceipt from '../../app/jobs/send-receipt.ts'
import { auditEntry } from '../../app/records/audit-entry.ts'
import { passwordReset } from '../../app/records/password-reset.ts'
import { probeRecord } from '../../app/records/probe.ts'
import { report } from '../../app/records/report.ts'
import { statement } from '../../app/records/statement.ts'
import { attributes } from '../../functions/aws/lane-queues.ts'
import { registryOf } from '../../shared/define/application.ts'
import { request } from '../../shared/define/job.ts'
import { create, update } from '../../shared/define/record.ts'
import { claimWrite, reclaimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, dieWrite, failWrite, postponeWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite, replaceWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Item, Write } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { commandContext } from '../../shared/outbox/execute-command.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { action } from '../../shared/recovery/action.ts'
import { replayEdited } from '../../shared/recovery/replay-edited.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

export interface Written {
  /** Items of the outbox table, by what is special about them. */
  readonly outbox: Readonly<Record<string, Item>>
  /** Bodies of messages in the lanes. */
  readonly messages: Readonly<Record<string, string>>
  /** Items of the effects table, by the way that led to them. */
  readonly effects: Readonly<Record<string, Item>>
  /** What a dead letter carries beside the body of its message. */
  readonly deadLetterAttributes: Readonly<Record<string, string>>
  /** Items of the records table, by `kind`. */
  readonly records: Readonly<Record<string, Item>>
}

const start = Date.UTC(2026, 0, 1)
const now = new Date(start)
const day = 86_400
const registry = registryOf(application, { probes: true })
const at = (seconds: number) => new Date(start + seconds * 1_000)

/** Writes one of everything, to tables in memory, under a clock and ids that are always the same. */
export async function written(): Promise<Written> {
  const clock = simClock(undefined, start)
  const store = memoryStore(clock)
  const deps = { store, clock, ids: simIds(), registry, outboxLifetime: 30 * day }
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const commit = (id: string, change: Change, fingerprint?: string) =>
    commitRequest(deps, { id, now, fingerprint, traceparent }, change)

  const context = (id: string) => commandContext({ id, now }, deps.ids)
  const items = [{ sku: 'tea', quantity: 2, unitPrice: 250 }]
  await commit(
    'order-1',
    createOrder.change({ email: 'ann@example.com', currency: 'EUR', items }, context('order-1')),
    'hash',
  )
  await commit('user-1', createUser.change({ email: 'ann@example.com', fullName: 'Ann' }, context('user-1')))
  const hook = { url: 'https://hooks.example.com/in', events: ['order.created' as const] }
  const sealed = { secret: 'kms1:c2VhbGVk', secretAgain: 'kms1:YWdhaW4=' }
  await commit('webhook-1', createWebhook(sealed).change(hook, context('webhook-1')))
  const rotation = rotateWebhookSecret({ webhookId: 'webhook-1', sealed, existing: [] })
  await commit('secret-1', rotation.change({ overlapHours: 24 }, context('secret-1')))
  const seen = { id: 'job-1', userId: 'user-1', action: 'signed up', at: now.toISOString() }
  const totals = { orders: 1, totals: [{ currency: 'EUR', orders: 1, total: 500 }] }
  const records = [
    create(auditEntry, seen),
    create(passwordReset, { tokenHash: 'hash', userId: 'user-1', expiresAt: start / 1_000 }),
    create(statement, { userId: 'user-1', month: '2026-01', ...totals, createdAt: now.toISOString() }),
    create(report, { id: 'job-2', from: '2026-01-01', to: '2026-01-01', ...totals, createdAt: now.toISOString() }),
    create(action, {
      id: 'action-1',
      at: now.toISOString(),
      by: 'anonymous',
      action: 'redrive',
      detail: '{"all":true}',
    }),
    update(probeRecord, { key: 'k' }, { add: { count: 1 }, append: { labels: ['a'] }, set: { key: 'k' } }),
  ]
  await commit('more', { records })

  const uuid = (n: number) => `00000000-0000-7000-8000-00000000000${n}`
  const receipt = { orderId: 'order-1', email: 'ann@example.com', total: 500, currency: 'EUR' }
  const delivery = {
    webhookId: 'webhook-1',
    event: 'order.created' as const,
    at: now.toISOString(),
    data: { id: 'order-1', total: 500, currency: 'EUR' },
  }
  const outbox = {
    plain: await one({ ...request(sendReceipt, receipt), id: uuid(1) }),
    'with a tenant': await one({ ...request(deliverWebhook, delivery), id: uuid(2) }),
    'of a group': await one(
      { ...request(probe, { key: 'k' }, { lane: 'ordered', group: 'g' }), id: jobId(uuid(3), 'g') },
      'hash',
    ),
    'soon due': await one({ ...request(probe, { key: 'k' }, { runAt: at(600) }), id: uuid(4) }),
    'of a unique key': await one({ ...request(probe, { key: 'k', unique: 'u' }), id: uuid(6) }),
    'replayed with another payload': await edited(),
    'waiting in the index': await one({ ...request(probe, { key: 'k' }, { runAt: at(2 * day) }), id: uuid(5) }),
  }

  async function edited(): Promise<Item> {
    const [envelope, fingerprint] = [decodeItem(await one({ ...request(sendReceipt, receipt), id: uuid(7) })), 'hash']
    const effect = { pk: uuid(7), state: 'dead', deaths: 1 } as Effect
    await store.write({ op: 'put', table: 'effects', item: { ...effect } })
    if (envelope.kind === 'malformed') throw new Error(envelope.reason)
    const job = { envelope: envelope.envelope, effect }
    const result = await replayEdited(deps, { id: uuid(8), now, fingerprint, traceparent }, job, {
      ...receipt,
      total: 600,
    })
    return result.kind === 'replayed' ? result.item : {}
  }

  async function one(job: ReturnType<typeof request> & { id: string }, fingerprint?: string): Promise<Item> {
    await commit(job.id, { jobs: [job] }, fingerprint)
    return store.items('outbox').find((item) => item.id === job.id) ?? {}
  }

  return {
    outbox,
    messages: Object.fromEntries(Object.entries(outbox).map(([name, item]) => [name, bodyOf(item)])),
    effects: await effects(),
    deadLetterAttributes: { [attributes.deaths]: '1', [attributes.reason]: 'Error: no' },
    records: Object.fromEntries(store.items('records').map((item) => [String(item._kind), item])),
  }
}

function bodyOf(item: Item): string {
  const decoded = decodeItem(item)
  if (decoded.kind === 'malformed') throw new Error(decoded.reason)
  const kind = registry.lanes.get(decoded.envelope.lane)?.kind ?? 'standard'
  return outgoing(decoded.envelope, kind, now).body
}

/** An effect by each way that the writes of shared/execution/effect/ allow. */
async function effects(): Promise<Record<string, Item>> {
  const expiresAt = start / 1_000 + 60 * day
  const job = { jobId: 'job-1', type: 'send-receipt', lane: 'default', owner: 'owner-1', now, expiresAt }
  const policy = { leaseUntil: start + 15_000, maxAttempts: 2, onCrash: 'retry' } as const
  const claim = claimWrite({ ...job, ...policy })
  const failed = { ...job, now: at(1), attempt: 1, error: 'Error: no', failures: [] }
  const die = dieWrite(failed)
  const cancel = cancelWrite({ pk: 'job-1', type: job.type, lane: job.lane, expiresAt }, now)
  const dead = { pk: 'job-1', attempts: 1, deaths: 1 } as Effect
  const ways: Record<string, readonly Write[]> = {
    running: [claim],
    succeeded: [claim, completeWrite({ ...job, now: at(1) })],
    retrying: [claim, failWrite(failed)],
    'waiting for a deploy': [claim, postponeWrite(failed, 0)],
    dead: [claim, die],
    revived: [claim, die, reviveWrite(dead, 2, at(2), 'redrive-1')],
    'running again': [claim, die, reclaimWrite({ ...job, ...policy, owner: 'owner-2' }, dead)],
    cancelled: [cancel],
    uncancelled: [cancel, uncancelWrite('job-1', 2, at(1), 'replay-1')],
    replaced: [claim, die, replaceWrite(dead, 'job-2', at(2))],
  }
  return Object.fromEntries(
    await Promise.all(Object.entries(ways).map(async ([name, writes]) => [name, await after(writes)])),
  )
}

async function after(writes: readonly Write[]): Promise<Item> {
  const store = memoryStore(simClock(undefined, start))
  for (const write of writes) {
    const result = await store.write(write)
    if (result.kind === 'refused') throw new Error(`a write was refused: ${JSON.stringify(write)}`)
  }
  return (await store.get('effects', { pk: 'job-1' })) ?? {}
}
