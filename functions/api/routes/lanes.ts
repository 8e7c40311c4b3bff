import * as z from 'zod'
import { recordWrite, remove } from '../../../shared/define/record.ts'
import { type LanePause, lanePause, lanePausePartition, notePause } from '../../../shared/recovery/lane-pause.ts'
import { notFound } from '../answer.ts'
import { audit } from '../audit.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiRequest } from '../request.ts'
import { type Route, route } from '../route.ts'

const state = z.enum(['running', 'paused', 'changing'])

/** Who paused it; absent where it runs, or where it was paused without this API. */
const note = {
  pausedBy: z.string().optional(),
  pausedAt: z.iso.datetime().optional(),
  pauseReason: z.string().optional(),
}

const lane = z.object({
  name: z.string(),
  kind: z.enum(['standard', 'ordered']),
  state,
  ...note,
  /** Present where the lane pauses itself. */
  circuitBreaker: z.object({ failures: z.int(), withinSeconds: z.int() }).optional(),
})

export const lanes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/lanes',
    summary: 'The lanes, and whether they are paused',
    success: {
      status: 200,
      schema: z.object({
        lanes: z.array(lane),
      }),
    },
    async answer({ registry, control, records }) {
      const all = [...registry.lanes.values()]
      const [pauses, states] = await Promise.all([
        records.list(lanePause, { pk: lanePausePartition, limit: all.length }),
        Promise.all(all.map(({ name }) => control.state(name))),
      ])
      const lanes = all.map(({ name, kind, circuitBreaker }, i) => {
        const pause = states[i] === 'running' ? undefined : pauses.values.find((one) => one.lane === name)
        return {
          name,
          kind,
          state: states[i],
          ...(pause ? noteView(pause) : {}),
          ...(circuitBreaker ? { circuitBreaker } : {}),
        }
      })
      return { status: 200, body: { lanes } }
    },
  }),
  switching('pause', 'Stop taking jobs off a lane; they wait in its queue'),
  switching('resume', 'Take jobs off a lane again'),
]

function switching(verb: 'pause' | 'resume', summary: string): Route {
  return route({
    method: 'POST',
    path: `/lanes/:name/${verb}`,
    summary,
    success: { status: 200, schema: z.object({ name: z.string(), state, ...note }) },
    errors: [404],
    answer: (deps, request) => switchLane(deps, request, verb),
  })
}

async function switchLane(deps: ApiDeps, request: ApiRequest, verb: 'pause' | 'resume') {
  const { name = '' } = request.params
  if (!deps.registry.lanes.has(name))
    return notFound(`lane "${name}"; there are ${[...deps.registry.lanes.keys()].join(', ')}`)
  const { by, at } = await audit(deps, request, `${verb} lane`, name)
  if (verb === 'pause') return pause(deps, { lane: name, by, at })
  await deps.store.write(recordWrite(remove(lanePause, { lane: name })))
  return { status: 200, body: { name, state: await deps.control.setRunning(name, true) } }
}

/** The first of several pauses counts: a later one gets its note, and does not switch again what is being switched. */
async function pause({ store, control }: ApiDeps, wanted: LanePause) {
  const { lane: name } = wanted
  const before = await control.state(name)
  const note = await notePause(store, wanted, before === 'running')
  // If the process dies here, the note stands and the lane runs: the next pause, or a resume, puts that right.
  const state = note === wanted || before === 'running' ? await control.setRunning(name, false) : before
  return { status: 200, body: { name, state, ...noteView(note) } }
}

function noteView({ by, at, reason }: LanePause) {
  return { pausedBy: by, pausedAt: at, ...(reason ? { pauseReason: reason } : {}) }
}
