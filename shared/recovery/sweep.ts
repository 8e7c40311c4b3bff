/** The sweeper: jobs that wait in the outbox are released when their time comes, and go on through the stream. */
import { errorLine } from '../define/errors.ts'
import { type Lane, laneGone } from '../define/lane.ts'
import type { Registry } from '../define/registry.ts'
import { pooled } from '../lib/pooled.ts'
import type { LaneSender } from '../lib/ports.ts'
import { outcomeOf } from '../lib/retry.ts'
import { handOverWrite, type ReleaseDeps, release } from '../outbox/release.ts'
import { setTimers, sweepAhead, type Waiting } from '../outbox/timer.ts'
import { grace } from './reconcile-marks.ts'

export interface SweepDeps extends ReleaseDeps {
  readonly registry: Registry
  /** Pages of the jobs of one bucket of the index that are due up to a time (ISO 8601 UTC), earliest first. */
  readonly due: (bucket: string, until: string) => AsyncIterable<readonly Waiting[]>
  /** Sends timers to their queue. */
  readonly timers: LaneSender
  /** A job stays in the index. */
  readonly observe: (event: Unreleased) => void
}

export interface Unreleased {
  readonly job: Waiting
  readonly reason: string
}

export interface Sweep {
  readonly released: number
  /** Jobs of ordered lanes whose time comes before the sweep after next, and for which a timer is set. */
  readonly timed: number
  /** Jobs that should have started by now and could not be released. */
  readonly overdue: number
}

/** Releases at the same time. */
const inFlight = 20

/**
 * Releases what is due: for a standard lane ahead of its time, since SQS holds the message for the rest of it; for an
 * ordered lane not before, since a message that waits holds up its group. A debounced job is not released before either, since
 * a request may still put it off. For those whose time comes soon it sets timers.
 * If the process dies, the next sweep finds what is left.
 *
 * @param until when this sweep must end, in ms since the epoch; what is left is for the next one
 */
export async function sweep(deps: SweepDeps, buckets: readonly string[], until: number): Promise<Sweep> {
  const horizon = new Date(deps.clock.now().getTime() + sweepAhead).toISOString()
  return sum(await Promise.all(buckets.map((bucket) => sweepBucket(deps, bucket, horizon, until))))
}

/** Page by page, so that many that are due take no more memory than few. */
async function sweepBucket(deps: SweepDeps, bucket: string, horizon: string, until: number): Promise<Sweep> {
  const sweeps: Sweep[] = []
  for await (const page of deps.due(bucket, horizon)) {
    const now = deps.clock.now().toISOString()
    const parts = Map.groupBy(page, (job) => {
      const kind = kindOf(deps, job)
      return kind && isPrecise(deps, job) && job.dueAt > now ? 'early' : kind
    })
    sweeps.push(await passOver(deps, parts.get(undefined) ?? []))
    sweeps.push(await time(deps, parts.get('early') ?? []))
    sweeps.push(await releaseAll(deps, [...(parts.get('ordered') ?? []), ...(parts.get('standard') ?? [])], until))
    if (deps.clock.now().getTime() > until) break
  }
  return sum(sweeps)
}

function sum(sweeps: readonly Sweep[]): Sweep {
  const total = (count: keyof Sweep) => sweeps.reduce((all, sweep) => all + sweep[count], 0)
  return { released: total('released'), timed: total('timed'), overdue: total('overdue') }
}

/** Jobs whose timer has come: each is released at its time. What is left at `until` is for the next sweep. */
export async function releaseTimed(deps: SweepDeps, jobs: readonly Waiting[], until: number): Promise<Sweep> {
  const inTurn = jobs.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : Number(a.dueAt > b.dueAt)))
  const known = Map.groupBy(inTurn, (job) => kindOf(deps, job) !== undefined)
  const passed = await passOver(deps, known.get(false) ?? [])
  return sum([passed, await releaseAll(deps, known.get(true) ?? [], until)])
}

/** In any order: the relay sends the jobs of a group in turn, and finds by itself what comes before the one it sees. */
async function releaseAll(deps: SweepDeps, jobs: readonly Waiting[], until: number): Promise<Sweep> {
  const counts = { released: 0, timed: 0, overdue: 0 }
  const putOff: Waiting[] = []
  await pooled(jobs, inFlight, async (job) => {
    const kind = kindOf(deps, job)
    const { clock } = deps
    if (isPrecise(deps, job) && Date.parse(job.dueAt) > clock.now().getTime())
      await clock.sleep(Math.min(Date.parse(job.dueAt), until) - clock.now().getTime())
    if (clock.now().getTime() > until || kind === undefined) return
    const released = await release(deps, job, kind)
    if (released.kind === 'released') counts.released++
    else if (released.kind === 'put-off') putOff.push(released.job)
    else counts.overdue += leave(deps, job, released.reason)
  })
  const horizon = new Date(deps.clock.now().getTime() + sweepAhead).toISOString()
  return sum([
    counts,
    await time(
      deps,
      putOff.filter(({ dueAt }) => dueAt <= horizon),
    ),
  ])
}

async function time(deps: SweepDeps, jobs: readonly Waiting[]): Promise<Sweep> {
  const [reason] = await setTimers(deps.timers, jobs, deps.clock.now())
  if (reason === undefined) return { released: 0, timed: jobs.length, overdue: 0 }
  for (const job of jobs) leave(deps, job, `its timer could not be set: ${reason}`)
  return { released: 0, timed: 0, overdue: 0 }
}

/**
 * Jobs of a lane that this code does not have: it was removed, or a deploy that brings it is in progress. They hold up no
 * other. After a while the reconciler has them, which knows whether they were cancelled.
 */
async function passOver(deps: SweepDeps, jobs: readonly Waiting[]): Promise<Sweep> {
  let overdue = 0
  for (const job of jobs) {
    overdue += leave(deps, job, laneGone(job.lane))
    if (Date.parse(job.dueAt) + grace < deps.clock.now().getTime()) await handOver(deps, job)
  }
  return { released: 0, timed: 0, overdue }
}

/** Gives a job to the reconciler. If that fails, the job stays in the index, and the next sweep tries again. */
async function handOver({ store, observe }: SweepDeps, job: Waiting): Promise<void> {
  const outcome = await outcomeOf(() => store.write(handOverWrite(job.id)))
  if (outcome.status === 'rejected')
    observe({ job, reason: `the reconciler could not take it: ${errorLine(outcome.reason)}` })
}

/** Reports a job that stays; 1 if it should have started by now, else 0: the next sweep may still be in time. */
function leave({ clock, observe }: SweepDeps, job: Waiting, reason: string): number {
  observe({ job, reason })
  return Date.parse(job.dueAt) < clock.now().getTime() ? 1 : 0
}

/** Whether a job is released at its time and not ahead of it. */
function isPrecise(deps: SweepDeps, job: Waiting): boolean {
  return job.debounced === true || kindOf(deps, job) === 'ordered'
}

function kindOf({ registry }: SweepDeps, { lane }: Waiting): Lane['kind'] | undefined {
  return registry.lanes.get(lane)?.kind
}
