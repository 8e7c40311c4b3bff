/** The inputs of the vectors: jobs of one transaction each. */

/** A job, as a writer in another language is asked for it. */
export interface JobInput {
  readonly type: string
  readonly version: number
  readonly payload: unknown
  readonly lane: 'default' | 'ordered'
  readonly group?: string
  readonly tenant?: string
  /** ISO 8601, UTC. */
  readonly runAt?: string
}

export interface Transaction {
  readonly name: string
  /** What the ids of the jobs follow from. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly now: string
  readonly traceparent?: string
  readonly record?: string
  readonly jobs: readonly JobInput[]
}

const now = '2026-01-31T23:59:59.250Z'
const receipt = {
  type: 'send-receipt',
  version: 1,
  payload: { orderId: 'o-1', email: 'ann@example.com' },
  lane: 'default',
} as const
const entry = {
  type: 'post-entry',
  version: 3,
  payload: { account: 'a-1', cents: -250 },
  lane: 'ordered',
  group: 'a-1',
} as const

export const transactions: readonly Transaction[] = [
  { name: 'one job', id: '0199f000-0000-7000-8000-000000000001', now, jobs: [receipt] },
  {
    name: 'several jobs, with a trace and the record that they are about',
    id: '0199f000-0000-7000-8000-000000000002',
    now,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    record: 'order/o-1',
    jobs: [receipt, { ...receipt, type: 'sync-crm', version: 2, tenant: 'acme' }, receipt],
  },
  {
    name: 'a payload with text of all kinds',
    id: '0199f000-0000-7000-8000-000000000003',
    now,
    jobs: [{ ...receipt, payload: { text: 'Größe "XL"\\\n\t\u0001\u007f\u2028😀', list: [1, 0.5, true, null, {}] } }],
  },
  {
    name: 'a time that the queue can wait for',
    id: '0199f000-0000-7000-8000-000000000004',
    now,
    jobs: [{ ...receipt, runAt: '2026-02-01T00:14:59.250Z' }],
  },
  {
    name: 'times that it cannot wait for',
    id: '0199f000-0000-7000-8000-000000000005',
    now,
    jobs: [
      { ...receipt, runAt: '2026-02-01T00:14:59.251Z' },
      { ...receipt, runAt: '2026-12-24T18:00:00.000Z' },
    ],
  },
  {
    name: 'an ordered group',
    id: '0199f000-0000-7000-8000-000000000006',
    now,
    jobs: [entry, { ...entry, payload: { account: 'a-1', cents: 100 } }],
  },
  {
    name: 'an ordered group, later',
    id: '0199f000-0000-7000-8000-000000000007',
    now,
    jobs: [{ ...entry, runAt: '2026-01-31T23:59:59.251Z' }],
  },
]
