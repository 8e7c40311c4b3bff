import * as z from 'zod'
import { lanePause, lanePausePartition } from '../../../shared/lane-pause.ts'
import { put, recordWrite, remove } from '../../../shared/record.ts'
import { notFound } from '../answer.ts'
import { audit } from '../audit.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiRequest } from '../request.ts'
import { type Route, route } from '../route.ts'

const state = z.enum(['running', 'paused', 'changing'])

const lane = z.object({
  name: z.string(),
  kind: z.enum(['standard', 'ordered']),
  state,
  /** Who paused it; absent where it runs, or where it was paused past this API. */
  pausedBy: z.string().optional(),
  pausedAt: z.iso.datetime().optional(),
  pauseReason: z.string().optional(),
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
          ...(pause ? { pausedBy: pause.by, pausedAt: pause.at } : {}),
          ...(pause?.reason ? { pauseReason: pause.reason } : {}),
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
    success: { status: 200, schema: z.object({ name: z.string(), state }) },
    errors: [404],
    answer: (deps, request) => switchLane(deps, request, verb),
  })
}

async function switchLane(deps: ApiDeps, request: ApiRequest, verb: 'pause' | 'resume') {
  const { name = '' } = request.params
  if (!deps.registry.lanes.has(name))
    return notFound(`lane "${name}"; there are ${[...deps.registry.lanes.keys()].join(', ')}`)
  const { by, at } = await audit(deps, request, `${verb} lane`, name)
  const note = verb === 'pause' ? put(lanePause, { lane: name, by, at }) : remove(lanePause, { lane: name })
  await deps.store.write(recordWrite(note))
  return { status: 200, body: { name, state: await deps.control.setRunning(name, verb === 'resume') } }
}
