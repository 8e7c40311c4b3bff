/** The redrive itself: step by step until the API says that it is complete. */

import { redriveResult } from '../../functions/api/routes/dead-letters/schemas.ts'
import type { Api } from '../api-client/client.ts'
import { exit, Failure } from '../api-client/failure.ts'
import { maxIdleCalls, redriveUntilComplete } from '../api-client/redrive-until-complete.ts'
import { command } from './output.ts'
import type { Ports } from './ports.ts'
import { type Progress, progressBar } from './prompt.ts'
import type { Plan } from './redrive-plan.ts'

export interface Counts {
  readonly matched: number
  readonly moved: number
  readonly complete: boolean
}

export async function redriveAll(plan: Plan, api: Api, ports: Ports): Promise<Counts> {
  const bar = progressBar(plan.matched, ports)
  const moved = { count: 0 }
  try {
    for (const step of plan.steps) await finish(step, moved, { api, ports, bar })
    return { matched: plan.matched, moved: moved.count, complete: true }
  } catch (error) {
    bar.end()
    throw stopped(error, moved.count, plan, api, ports)
  } finally {
    bar.end()
  }
}

interface Around {
  readonly api: Api
  readonly ports: Ports
  readonly bar: Progress
}

async function finish(step: object, moved: { count: number }, { api, ports, bar }: Around): Promise<void> {
  const end = await redriveUntilComplete({
    send: () => api.post(redriveResult, '/dead-letters/redrive', step),
    sleep: ports.sleep,
    tell(count) {
      moved.count += count
      bar.show(moved.count)
    },
  })
  if (end === 'idle') throw new Failure(exit.refused, `The last ${maxIdleCalls} steps moved nothing`)
}

/** How far it came, and how to go on. */
function stopped(error: unknown, moved: number, plan: Plan, api: Api, { signal }: Ports): Failure {
  if (!signal.aborted && !(error instanceof Failure)) throw error
  const n = (count: number) => count.toLocaleString('en')
  const far = `at least ${n(moved)} of ${n(plan.matched)} dead jobs went back to their lanes`
  const next = `Go on with: ${command(`dlq redrive ${plan.flags} --yes`, api)}`
  return signal.aborted
    ? new Failure(exit.interrupted, `Interrupted: ${far}. ${next}`)
    : new Failure((error as Failure).exit, `${(error as Failure).message}. Until then ${far}. ${next}`)
}
