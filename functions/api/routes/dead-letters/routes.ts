import type { z } from 'zod'
import { failingSince } from '../../../../shared/execution/effect/failing.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { slices } from '../../../../shared/lib/slices.ts'
import { allFailing, failingGroups, failingPage } from '../../../../shared/recovery/failing-jobs.ts'
import { countMatches, redrive } from '../../../../shared/recovery/redrive.ts'
import { problem } from '../../answer.ts'
import { audit } from '../../audit.ts'
import type { ApiDeps } from '../../deps.ts'
import { operatorRoute } from '../../route.ts'
import { failingPlace, readFailingPlace } from '../failing-place.ts'
import { type DeadLetter, deadLetterList, deadLettersQuery, redriveBody, redriveResult } from './schemas.ts'

/** How many dead jobs are read for the groups, about a second's worth. */
const mostGrouped = 20_000

/** How long one redrive call works, in ms; it leaves the function time to answer. */
const redriveTime = 9_000

export const deadLetters = [
  operatorRoute({
    method: 'GET',
    path: '/dead-letters',
    access: 'viewer',
    summary: 'List dead jobs, oldest first, and count all that match by type and error',
    query: deadLettersQuery,
    success: { status: 200, schema: deadLetterList },
    async handle({ query: { limit, cursor, ...filter }, page }, { failing }) {
      const [dead, { groups, complete }] = await Promise.all([
        failingPage(failing, ['dead'], filter, { after: readFailingPlace(page.after), limit }),
        failingGroups(failing, ['dead'], filter, mostGrouped),
      ])
      const groupsComplete = complete ? undefined : (false as const)
      const next = page.next(failingPlace(dead.next))
      return { status: 200, body: { deadLetters: dead.effects.map(viewOf), groups: [...groups], groupsComplete, next } }
    },
  }),
  operatorRoute({
    method: 'POST',
    path: '/dead-letters/redrive',
    access: 'operator',
    summary: 'Send dead jobs to their lanes again; repeat the call until complete',
    body: redriveBody,
    success: { status: 202, schema: redriveResult },
    async handle(request, services) {
      const refused = selectionProblem(request.body)
      if (refused) return refused
      const dead = selected(services, request.body)
      if (request.body.dryRun)
        return { status: 202, body: { matched: await countMatches(dead), moved: 0, complete: true } }
      await audit(services, request, 'redrive', JSON.stringify(request.body).slice(0, 1_000))
      return { status: 202, body: await redrive(services, dead, services.clock.now().getTime() + redriveTime) }
    },
  }),
]

type Selection = z.output<typeof redriveBody>

/** A redrive says in one way which jobs it means: an empty filter must not be every job. */
function selectionProblem({ ids, all, dryRun, ...filter }: Selection) {
  const hasFilter = Object.values(filter).some((value) => value !== undefined)
  const ways = [ids !== undefined, all !== undefined, hasFilter].filter(Boolean).length
  if (ways === 1) return undefined
  const message = ways === 0 ? 'an empty filter matches nothing' : 'give one of ids, filter and all'
  return problem(
    422,
    'Say which dead letters: {ids}, or a filter of {type, error, since, until}, or {all: true} for every one.',
    [{ path: '', message }],
  )
}

function selected(deps: ApiDeps, { ids, all, dryRun, ...filter }: Selection): AsyncIterable<readonly Effect[]> {
  if (ids) return deadOf(deps, ids)
  const until = filter.until ?? deps.clock.now().toISOString()
  return allFailing(deps.failing, ['dead'], { ...filter, until }, 100)
}

/** The dead ones among these jobs. */
async function* deadOf({ effects }: ApiDeps, ids: readonly string[]): AsyncGenerator<readonly Effect[]> {
  for (const page of slices([...new Set(ids)], 100))
    yield (await effects(page)).filter((effect) => effect.state === 'dead')
}

function viewOf(effect: Effect): DeadLetter {
  return {
    id: effect.pk,
    type: effect.type,
    lane: effect.lane,
    error: effect.lastError ?? '',
    attempts: effect.attempts,
    diedAt: failingSince(effect) ?? '',
  }
}
