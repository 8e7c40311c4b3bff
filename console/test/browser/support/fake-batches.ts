/** Batches as a shop has them on the first day of a month; the same on each run. */
import type { Batch, JobDetail } from '../../../web/src/api/types.ts'
import { idOf, night } from './fake-data.ts'

const at = (secondsAgo: number) => new Date(night - secondsAgo * 1000).toISOString()
const error = 'MessageRejected: Maximum sending rate exceeded'

export const batchIds = { open: idOf(80_001), running: idOf(80_002), finished: idOf(80_003), succeeded: idOf(80_004) }

const summary = { event: 'finished', type: 'mail-statement-summary' } as const
const archive = { event: 'succeeded', type: 'archive-statements' } as const

const sized = (succeeded: number, dead: number, cancelled: number, pending: number) => ({
  total: succeeded + dead + cancelled + pending,
  ...{ succeeded, dead, cancelled, pending },
})

/** One batch of each status. */
const ofEachStatus: readonly Batch[] = [
  {
    ...{ id: batchIds.open, status: 'open', ...sized(40, 0, 0, 60), createdAt: at(90_000) },
    ...{ callbacks: [], pendingCallbacks: [summary] },
  },
  {
    ...{
      id: batchIds.running,
      status: 'running',
      ...sized(6_200, 3, 12, 3_785),
      createdAt: at(600),
      sealedAt: at(540),
    },
    ...{ callbacks: [], pendingCallbacks: [summary, archive] },
  },
  {
    ...{ id: batchIds.finished, status: 'finished', ...sized(97, 3, 0, 0), createdAt: at(7_200), sealedAt: at(7_200) },
    ...{ finishedAt: at(7_000), callbacks: [{ ...summary, id: idOf(90_002) }], pendingCallbacks: [archive] },
  },
  {
    ...{
      id: batchIds.succeeded,
      status: 'succeeded',
      ...sized(100, 0, 0, 0),
      createdAt: at(9_000),
      sealedAt: at(9_000),
    },
    ...{ finishedAt: at(8_800), succeededAt: at(8_800) },
    ...{ callbacks: [{ ...summary, id: idOf(90_002) }], pendingCallbacks: [] },
  },
]

const older: readonly Batch[] = Array.from({ length: 40 }, (_, n) => ({
  ...(ofEachStatus[3] as Batch),
  id: idOf(81_000 + n),
  createdAt: at(90_000 + n * 3_600),
}))

export const batches: readonly Batch[] = [...ofEachStatus, ...older]

/** Members of a batch, each of which has returned a result, or is dead. */
export function membersOf(batch: string): readonly JobDetail[] {
  const { succeeded = 0, dead = 0 } = batches.find(({ id }) => id === batch) ?? {}
  const member = (n: number, rest: Partial<JobDetail>): JobDetail => ({
    ...{ id: idOf(70_000 + n), type: 'make-statement', lane: 'bulk', status: 'succeeded', attempts: 1, maxAttempts: 5 },
    ...{ createdAt: at(500), batch, payload: { userId: idOf(n), month: '2026-10' } },
    ...rest,
  })
  return [
    ...Array.from({ length: dead }, (_, n) => member(n, { status: 'dead', attempts: 5, lastError: error })),
    ...Array.from({ length: Math.min(100, succeeded) }, (_, n) =>
      member(dead + n, { result: { orders: 2, totals: [{ currency: 'EUR', orders: 2, total: 4_200 }] } }),
    ),
  ]
}
