/**
 * What version 0.1.0 understands, frozen: what newer code writes must pass here, because during a deploy the old code meets
 * it. Unknown fields pass, as they did there. Never change this file once 0.1.0 is released; never import the code here.
 */
import * as z from 'zod'

const time = z.iso.datetime()

export const envelope = z.object({
  v: z.literal(1),
  id: z.string().regex(/^(?:[A-Za-z0-9_.:@+=-]{1,64}~)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  type: z.string().min(1),
  version: z.int().min(1),
  payload: z.unknown(),
  lane: z.string().min(1),
  group: z
    .string()
    .regex(/^[A-Za-z0-9_.:@+=-]{1,64}$/)
    .optional(),
  tenant: z.string().min(1).max(128).optional(),
  uniqueKey: z.string().min(1).max(128).optional(),
  runAt: time.optional(),
  hops: z.int().min(0),
  traceparent: z.string().optional(),
  createdAt: time,
})

export const outbox = z.object({
  ...envelope.shape,
  pk: z.string(),
  sk: z.string(),
  payload: z.string(),
  due: z
    .string()
    .regex(/^due#[0-3]$/)
    .optional(),
  /** Id and fingerprint of the request that wrote it under an Idempotency-Key. */
  _request: z.string().optional(),
  expiresAt: z.int(),
})

const failure = z.object({ attempt: z.int(), at: time, error: z.string() })
const common = {
  pk: z.string(),
  type: z.string(),
  lane: z.string(),
  attempts: z.int(),
  deaths: z.int(),
  expiresAt: z.int(),
}
const isListed = { failing: z.string().regex(/^(retrying|dead)#[0-3]$/), failingAt: z.string().includes('#') }
const failed = { lastError: z.string(), failures: z.array(failure).min(1) }

export const effect = z.discriminatedUnion('state', [
  z.object({
    ...common,
    state: z.literal('running'),
    owner: z.string(),
    leaseUntil: z.int(),
    budget: z.int(),
    startedAt: time,
  }),
  z.object({ ...common, state: z.literal('retrying'), ...isListed, budget: z.int().optional() }),
  z.object({ ...common, state: z.literal('succeeded'), owner: z.string(), budget: z.int(), finishedAt: time }),
  z.object({ ...common, state: z.literal('dead'), ...isListed, ...failed, budget: z.int(), finishedAt: time }),
  z.object({ ...common, state: z.literal('cancelled'), budget: z.int(), finishedAt: time }),
])

export const deadLetterAttributes = z.object({ deaths: z.string().regex(/^\d+$/), reason: z.string() })

const jobs = z.array(z.object({ id: z.string(), type: z.string() }))
const keyed = { pk: z.string(), sk: z.string() }

export const records: Readonly<Record<string, z.ZodType>> = {
  order: z.object({
    ...keyed,
    id: z.string(),
    email: z.string(),
    items: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() })),
    currency: z.string(),
    total: z.int(),
    createdAt: time,
    jobs,
  }),
  'order-day': z.object({ ...keyed, day: z.iso.date(), orderId: z.string(), currency: z.string(), total: z.int() }),
  user: z.object({ ...keyed, id: z.string(), email: z.string(), fullName: z.string(), createdAt: time, jobs }),
  'user-email': z.object({ ...keyed, email: z.string(), userId: z.string() }),
  webhook: z.object({
    ...keyed,
    id: z.string(),
    url: z.url(),
    events: z.array(z.string()),
    secret: z.string().startsWith('kms1:'),
    secretAgain: z.string().optional(),
    createdAt: time,
  }),
  'webhook-secret': z.object({
    ...keyed,
    id: z.string(),
    webhookId: z.string(),
    secret: z.string().startsWith('kms1:'),
    secretAgain: z.string().optional(),
    previousValidUntil: time,
    createdAt: time,
  }),
  'audit-entry': z.object({ ...keyed, id: z.string(), userId: z.string(), action: z.string(), at: time }),
  'password-reset': z.object({ ...keyed, tokenHash: z.string(), userId: z.string(), expiresAt: z.int() }),
  report: z.object({
    ...keyed,
    id: z.string(),
    from: z.iso.date(),
    to: z.iso.date(),
    orders: z.int(),
    totals: z.array(z.unknown()),
    createdAt: time,
  }),
  action: z.object({ ...keyed, id: z.string(), at: time, by: z.string(), action: z.string(), detail: z.string() }),
  probe: z.object({ ...keyed, key: z.string(), count: z.int(), labels: z.array(z.string()) }),
  request: z.object({ pk: z.string(), sk: z.string(), _request: z.string(), createdAt: time, expiresAt: z.int() }),
}
