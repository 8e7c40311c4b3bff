import type { SQSRecord } from 'aws-lambda'
import { dueIndexOf } from '../../../../functions/aws/due-index.ts'
import { dueBuckets, dueKey } from '../../../../shared/outbox/envelope.ts'
import { decodeTimer } from '../../../../shared/outbox/timer.ts'
import { releaseTimed, sweep } from '../../../../shared/recovery/sweep.ts'
import { registry } from '../app.ts'
import type { Process } from '../process.ts'
import { type Adapters, adapters, type Stack, tables } from '../stack.ts'

/** A sweep, and a delivery of timers. Seconds. */
export const sweepTimeout = 75

/** How long it works. ms. */
const workMs = 70_000

const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

export function sweepFunction(stack: Stack) {
  return async (process: Process) => {
    const deps = sweepDeps(adapters(stack, process))
    return sweep(deps, buckets, deps.clock.now().getTime() + workMs)
  }
}

export function timersFunction(stack: Stack, records: readonly SQSRecord[]) {
  return async (process: Process) => {
    const deps = sweepDeps(adapters(stack, process))
    const jobs = records.flatMap(({ body }) => decodeTimer(body))
    await releaseTimed(deps, jobs, deps.clock.now().getTime() + workMs)
    return { batchItemFailures: [] }
  }
}

function sweepDeps({ store, timers, clock, db }: Adapters) {
  return { store, timers, clock, registry, due: dueIndexOf(db, tables.outbox), observe: () => {} }
}
