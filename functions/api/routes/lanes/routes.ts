import { recordWrite, remove } from '../../../../shared/define/record.ts'
import { type LanePause, lanePause, lanePausePartition, notePause } from '../../../../shared/recovery/lane-pause.ts'
import { notFound } from '../../answer.ts'
import { audit } from '../../audit.ts'
import type { ApiDeps, OperatorServices } from '../../deps.ts'
import { operatorRoute, type Route } from '../../route.ts'
import type { RouteRequest } from '../../route-request.ts'
import { type Lane, laneList, laneParams, laneSwitched } from './schemas.ts'

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

async function laneViews({ registry, control, records }: ApiDeps): Promise<Lane[]> {
  const all = [...registry.lanes.values()]
  const [pauses, states] = await Promise.all([
    records.list(lanePause, { pk: lanePausePartition, limit: all.length }),
    Promise.all(all.map(({ name }) => control.state(name))),
  ])
  return all.map(({ name, kind, circuitBreaker }, i) => {
    const state = states[i] ?? 'changing'
    const pause = state === 'running' ? undefined : pauses.values.find((one) => one.lane === name)
    return { name, kind, state, ...(pause && pauseView(pause)), circuitBreaker }
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
  await deps.store.write(recordWrite(remove(lanePause, { lane: name })))
  return { name, state: await deps.control.setRunning(name, true) }
}

/** The first of several pauses counts: a later one gets its note, and does not switch again what is being switched. */
async function pause({ store, control }: ApiDeps, wanted: LanePause) {
  const { lane: name } = wanted
  const before = await control.state(name)
  const note = await notePause(store, wanted, before === 'running')
  // If the process dies here, the note stands and the lane runs: the next pause, or a resume, puts that right.
  const state = note === wanted || before === 'running' ? await control.setRunning(name, false) : before
  return { name, state, ...pauseView(note) }
}

function pauseView({ by, at, reason }: LanePause) {
  return { pausedBy: by, pausedAt: at, pauseReason: reason || undefined }
}
