import * as z from 'zod'
import { notFound } from '../answer.ts'
import { audit } from '../audit.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiRequest } from '../request.ts'
import { type Route, route } from '../route.ts'

const state = z.enum(['running', 'paused', 'changing'])

export const lanes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/lanes',
    summary: 'The lanes, and whether they are paused',
    success: {
      status: 200,
      schema: z.object({
        lanes: z.array(z.object({ name: z.string(), kind: z.enum(['standard', 'ordered']), state })),
      }),
    },
    async answer({ registry, control }) {
      const lanes = [...registry.lanes.values()].map(async ({ name, kind }) => ({
        name,
        kind,
        state: await control.state(name),
      }))
      return { status: 200, body: { lanes: await Promise.all(lanes) } }
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
  await audit(deps, request, `${verb} lane`, name)
  return { status: 200, body: { name, state: await deps.control.setRunning(name, verb === 'resume') } }
}
