import {
  forgetPause,
  isRecent,
  type LanePause,
  lanePause,
  lanePausePartition,
  notedPause,
  notePause,
} from '../../../../shared/recovery/lane-pause.ts'
import { notFound } from '../../answer.ts'
import { audit } from '../../audit.ts'
import type { ApiDeps, OperatorServices } from '../../deps.ts'
import { operatorRoute, type Route } from '../../route.ts'
import type { RouteRequest } from '../../route-request.ts'
import { limitsOf } from './limits.ts'
import { type Lane, type LaneState, laneList, laneParams, laneSwitched } from './schemas.ts'

/**
 * How long the states of the lanes are kept, in ms. Lambda takes 15 calls a second of this kind from all of an account, and
 * an open console asks every two seconds.
 */
const settledFor = 10_000

export const lanes: readonly Route<OperatorServices>[] = [
  operatorRoute({
    method: 'GET',
    path: '/lanes',
    access: 'viewer',
    summary: 'List the lanes, and whether they are paused',
    success: { status: 200, schema: laneList },
    handle: async (_, services) => ({ status: 200, body: { lanes: await laneViews(services) } }),
  }),
  switching('pause', 'Pause a lane: its jobs wait in its queue'),
  switching('resume', 'Resume a lane'),
]

async function laneViews(deps: ApiDeps): Promise<Lane[]> {
  const { registry, control, records, cache, clock } = deps
  const all = [...registry.lanes.values()]
  const limits = await Promise.all(all.map(({ name }) => limitsOf(deps, name)))
  const { values: pauses } = await records.list(lanePause, {
    ...{ pk: lanePausePartition, limit: all.length, skipUnreadable: true },
  })
  const pauseOf = (name: string) => pauses.find(({ lane }) => lane === name)
  const ask = async () =>
    new Map(await Promise.all(all.map(async ({ name }) => [name, await control.state(name)] as const)))
  const isSwitching = (state: LaneState, name: string) =>
    state === 'changing' || (state === 'running' && isRecent(pauseOf(name), clock.now()))
  // A pause or resume in any process writes or removes a note: that makes it another question.
  const question = `lanes ${pauses.map(({ lane, at }) => `${lane} ${at}`).join()}`
  const states = await cache(
    question,
    (found) => ([...found].some(([name, state]) => isSwitching(state, name)) ? 0 : settledFor),
    ask,
  )
  return all.map(({ name, kind, circuitBreaker }, i) => {
    const state = states.get(name) ?? 'changing'
    const pause = state === 'running' ? undefined : pauseOf(name)
    return {
      name,
      kind,
      state,
      ...(pause && pauseView(pause)),
      circuitBreaker,
      limits: limits[i]?.length ? limits[i] : undefined,
    }
  })
}

function switching(verb: 'pause' | 'resume', summary: string) {
  return operatorRoute({
    method: 'POST',
    path: `/lanes/:name/${verb}`,
    access: 'operator',
    summary,
    params: laneParams,
    success: { status: 200, schema: laneSwitched },
    errors: [404],
    async handle(request, services) {
      const { name } = request.params
      const { registry } = services
      if (!registry.lanes.has(name))
        return notFound(`lane "${name}"; there are ${[...registry.lanes.keys()].join(', ')}`)
      return { status: 200, body: await switchLane(services, request, name, verb) }
    },
  })
}

async function switchLane(deps: ApiDeps, request: RouteRequest, name: string, verb: 'pause' | 'resume') {
  const { by, at } = await audit(deps, request, `${verb} lane`, name)
  if (verb === 'pause') return pause(deps, { lane: name, by, at })
  return resume(deps, name)
}

/** Switched first: while Lambda still disables the mapping, it refuses, and the note of the pause must stay. */
async function resume({ store, control }: ApiDeps, name: string) {
  const note = await notedPause(store, name)
  const state = await control.setRunning(name, true)
  // If the process dies here, the note stays and the lane runs: no view shows it, and the next pause replaces it.
  if (note) await store.write(forgetPause(note))
  return { name, state }
}

/** The first of several pauses counts: a later one gets its note, and does not switch again what is being switched. */
async function pause({ store, control }: ApiDeps, wanted: LanePause) {
  const { lane: name } = wanted
  const before = await control.state(name)
  const note = await notePause(store, wanted, before === 'paused')
  // If the process dies here, the note stands and the lane runs: the next pause, or a resume, puts that right.
  const state = note === wanted || before === 'running' ? await control.setRunning(name, false) : before
  return { name, state, ...pauseView(note) }
}

function pauseView({ by, at, reason }: LanePause) {
  return { pausedBy: by, pausedAt: at, pauseReason: reason || undefined }
}
