/** Waits for the end of a job, so that a caller need not ask again and again. */
import type { Registry } from '../define/registry.ts'
import type { Clock, Store } from '../lib/ports.ts'
import { effectOf } from './effect/lives.ts'
import type { Effect } from './effect.ts'
import { hasEnded } from './job-status.ts'
import { statusOf } from './status.ts'
import type { StoredJob } from './stored-job.ts'

interface Deps {
  readonly store: Pick<Store, 'get'>
  readonly clock: Clock
  readonly registry: Registry
}

/** Pauses between two reads of the effect, in ms: they grow, since most jobs take a moment and some take long. */
const [shortest, longest] = [250, 1_000]

/**
 * The job once it has ended, or as it is after some seconds. A read of its effect costs 0.5 to 1 read unit.
 *
 * @throws the reason of the signal, once it is aborted
 */
export async function endedJob(
  { store, clock, registry }: Deps,
  job: StoredJob,
  seconds = 0,
  signal?: AbortSignal,
): Promise<StoredJob> {
  const { envelope } = job
  const until = clock.now().getTime() + seconds * 1000
  let { effect } = job
  for (let pause = shortest; ; pause = Math.min(longest, pause * 1.5)) {
    const now = clock.now()
    const left = until - now.getTime()
    const status = statusOf(envelope, effect, now, registry.jobs.get(envelope.type))
    if (left <= 0 || hasEnded({ status })) return { ...job, effect }
    await unlessAborted(clock.sleep(Math.min(pause, left)), signal)
    effect = effectOf(envelope, (await store.get('effects', { pk: envelope.id })) as Effect | undefined)
  }
}

async function unlessAborted(pause: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (!signal) return pause
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([pause, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
