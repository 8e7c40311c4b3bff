/** Whether lanes are paused. */
import {
  isRecent,
  type LanePause,
  lanePause,
  lanePausePartition,
  notedPause,
} from '../../../../shared/recovery/lane-pause.ts'
import type { ApiDeps } from '../../deps.ts'
import type { LaneState } from './schemas.ts'

/**
 * How long the states of the lanes are kept, in ms. Lambda takes 15 calls a second of this kind from all of an account, and
 * an open console asks every two seconds.
 */
const settledFor = 10_000

type StateDeps = Pick<ApiDeps, 'registry' | 'control' | 'records' | 'cache' | 'clock' | 'store'>

export interface LaneNow {
  readonly state: LaneState
  /** The note of its pause, unless it runs. */
  readonly pause: LanePause | undefined
}

/** Each lane of the application, by its name. */
export async function laneStates(deps: StateDeps): Promise<ReadonlyMap<string, LaneNow>> {
  const { registry, control, records, cache, clock } = deps
  const names = [...registry.lanes.keys()]
  const { values: pauses } = await records.list(lanePause, {
    ...{ pk: lanePausePartition, limit: names.length, skipUnreadable: true },
  })
  const pauseOf = (name: string) => pauses.find(({ lane }) => lane === name)
  const ask = async () =>
    new Map(await Promise.all(names.map(async (name) => [name, await control.state(name)] as const)))
  const isSwitching = (state: LaneState, name: string) =>
    state === 'changing' || (state === 'running' && isRecent(pauseOf(name), clock.now()))
  // A pause or resume in any process writes or removes a note: that makes it another question.
  const question = `lanes ${pauses.map(({ lane, at }) => `${lane} ${at}`).join()}`
  const states = await cache(
    question,
    (found) => ([...found].some(([name, state]) => isSwitching(state, name)) ? 0 : settledFor),
    ask,
  )
  return new Map(
    names.map((name) => {
      const state = states.get(name) ?? 'changing'
      return [name, { state, pause: state === 'running' ? undefined : pauseOf(name) }]
    }),
  )
}

/** The pause of a lane that was paused through the API or by its circuit breaker. Where no pause is noted, Lambda is not asked. */
export async function pauseOfLane(deps: StateDeps, lane: string): Promise<LanePause | undefined> {
  if (!(await notedPause(deps.store, lane))) return undefined
  return (await laneStates(deps)).get(lane)?.pause
}
