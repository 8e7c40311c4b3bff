/** The machine-readable parts of docs/item-format.md: the JSON Schema of an outbox item, and vectors for writers in other languages. */
import * as z from 'zod'
import { ids } from '../../functions/aws/ids.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineLane } from '../../shared/define/lane.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Write } from '../../shared/lib/write.ts'
import { dueKeyOf, envelopeVersion } from '../../shared/outbox/envelope.ts'
import { itemSchema } from '../../shared/outbox/outbox-item.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { type JobInput, type Transaction, transactions } from './transactions.ts'

/** The files, by their path in the repository. */
export function files(): Readonly<Record<string, string>> {
  return {
    'docs/item-format.schema.json': text(schema()),
    'docs/item-format.vectors.json': text(vectors()),
  }
}

const text = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`

/** Attributes of the format that another writer leaves out: the outbox gives them a meaning that only its own writer knows. */
const reserved = ['uniqueKey', 'debounced', 'batch', 'replayOf']

function schema() {
  const { $schema, properties = {}, ...rest } = z.toJSONSchema(itemSchema, { io: 'input' })
  const open = Object.fromEntries(Object.entries(properties).filter(([name]) => !reserved.includes(name)))
  return {
    $schema,
    title: `Outbox item, format ${envelopeVersion}`,
    ...rest,
    properties: open,
    not: { anyOf: reserved.map((name) => ({ required: [name] })) },
  }
}

const parts: readonly (readonly (string | number)[])[] = [
  ['order', 'ann', 'key-1'],
  ['order', '', 'Größe "XL"\n\u0001/\u2028😀'],
  ['0199f000-0000-7000-8000-000000000001', 'job', 0],
]

function vectors() {
  const derived = parts.map((list) => ({ parts: list, id: ids.derive(...list) }))
  return {
    format: envelopeVersion,
    derivedIds: derived,
    due: derived
      .map(({ id }) => id)
      .concat(`ann@example.com~${derived[0]?.id}`)
      .map((id) => ({ id, due: dueKeyOf(id) })),
    transactions: transactions.map((one) => ({ ...one, items: itemsOf(one) })),
  }
}

/** What the library itself writes. */
function itemsOf({ id, now, traceparent, record, jobs }: Transaction) {
  const lanes = (['standard', 'ordered'] as const).map((kind) =>
    defineLane({
      name: kind === 'ordered' ? 'ordered' : 'default',
      kind,
      timeoutSeconds: 30,
      memoryMb: 256,
      batchSize: 1,
      maximumConcurrency: 2,
      lateAfterSeconds: 60,
    }),
  )
  const types = new Map(jobs.map((job) => [job.type, typeOf(job)]))
  const requests = jobs.map(({ type, payload, lane, group, tenant, runAt }) => ({
    job: types.get(type)!,
    payload,
    lane,
    group,
    tenant,
    runAt: runAt === undefined ? undefined : new Date(runAt),
  }))
  const origin = { now: new Date(now), hops: 0, outboxLifetime: lifetimes.outbox, traceparent, record }
  const { writes } = plan({ jobs: requests }, id, { origin, ids, registry: defineRegistry([...types.values()], lanes) })
  return writes.map((write: Write) => (write.op === 'put' ? write.item : undefined))
}

function typeOf({ type, version }: JobInput) {
  return defineJob({ type, version, schema: z.unknown(), run: () => undefined })
}
