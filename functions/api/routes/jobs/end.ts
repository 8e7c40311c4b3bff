/** Waits for the end of a job: a long poll, so that a caller need not ask again and again. */
import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import type { ApiDeps } from '../../deps.ts'
import { hasEnded } from './schemas.ts'
import type { StoredJob } from './view.ts'

/** Pauses between two reads of the effect, in ms: they grow, since most jobs take a moment and some take long. */
const [shortest, longest] = [250, 1_000]

/** The job once it has ended, or as it is after some seconds. A read of its effect costs 0.5 to 1 read unit. */
export async function endedJob(
  { store, clock, registry }: Pick<ApiDeps, 'store' | 'clock' | 'registry'>,
  job: StoredJob,
  seconds = 0,
): Promise<StoredJob> {
  const { envelope } = job
  const until = clock.now().getTime() + seconds * 1000
  let { effect } = job
  for (let pause = shortest; ; pause = Math.min(longest, pause * 1.5)) {
    const now = clock.now()
    const left = until - now.getTime()
    const status = statusOf(envelope, effect, now, registry.jobs.get(envelope.type))
    if (left <= 0 || hasEnded({ status })) return { ...job, effect }
    await clock.sleep(Math.min(pause, left))
    effect = effectOf(envelope, (await store.get('effects', { pk: envelope.id })) as Effect | undefined)
  }
}
