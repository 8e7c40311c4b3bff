import * as z from 'zod'
import { failingSince } from '../../../shared/execution/effect/failing.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import { allFailing, failingGroups, failingPage } from '../../../shared/recovery/failing-jobs.ts'
import { countMatches, redrive } from '../../../shared/recovery/redrive.ts'
import { problem } from '../answer.ts'
import { audit } from '../audit.ts'
import { failingFilter, failingPageQuery, failingPlace, readFailingPlace, readPage } from '../cursor.ts'
import type { ApiDeps } from '../deps.ts'
import { readBody } from '../request.ts'
import { route } from '../route.ts'

/**
 * The error of a group, as `groups` names it: with `<id>`, `<address>` or `<number>` for what differs from job to job. An
 * empty one is the group of jobs that left no error, not the lack of a filter.
 */
const deadFilter = { ...failingFilter, error: z.string().max(4_000).optional() }

const listQuery = z.strictObject({ ...deadFilter, ...failingPageQuery })

const redriveBody = z.strictObject({
  ids: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
  ...deadFilter,
  all: z.literal(true).optional(),
  dryRun: z.boolean().default(false),
})

const letter = z.object({
  id: z.string(),
  type: z.string(),
  lane: z.string(),
  error: z.string(),
  attempts: z.int(),
  diedAt: z.iso.datetime(),
})
const list = z.object({
  deadLetters: z.array(letter),
  groups: z.array(z.object({ type: z.string(), error: z.string(), count: z.int() })),
  /** False when there are so many that not all were read for the groups: their counts are too low then. */
  groupsComplete: z.literal(false).optional(),
  next: z.string().optional(),
})
const redriveResult = z.object({
  matched: z.int(),
  /** What this call sent; another operator may have sent the rest at the same time. */
  moved: z.int(),
  /** Taken, but SQS did not accept the messages: the reconciler sends them within the hour. */
  unsent: z.int().optional(),
  complete: z.boolean(),
})

/** How many dead jobs are read for the groups, about a second's worth. */
const mostGrouped = 20_000

/** How long one redrive call works, in ms; it leaves the function time to answer. */
const redriveTime = 9_000

export const deadLetters = [
  route({
    method: 'GET',
    path: '/dead-letters',
    summary: 'Dead jobs, oldest first, and all that match counted by type and error',
    query: listQuery,
    success: { status: 200, schema: list },
    async answer({ failing }, { event }) {
      const asked = readPage(event, listQuery)
      if (!asked.ok) return asked.answer
      const { limit, after: place, filter: match } = asked.value
      const after = place === undefined ? undefined : readFailingPlace(place)
      const [page, { groups, complete }] = await Promise.all([
        failingPage(failing, ['dead'], match, { after, limit }),
        failingGroups(failing, ['dead'], match, mostGrouped),
      ])
      return {
        status: 200,
        body: {
          deadLetters: page.effects.map(letterView),
          groups,
          ...(complete ? {} : { groupsComplete: false }),
          next: asked.value.next(page.next && failingPlace(page.next)),
        },
      }
    },
  }),
  route({
    method: 'POST',
    path: '/dead-letters/redrive',
    summary: 'Send dead jobs to their lanes again; call again until complete',
    body: redriveBody,
    success: { status: 202, schema: redriveResult },
    async answer(deps, request) {
      const body = readBody(request.event, redriveBody)
      if (!body.ok) return body.answer
      const { ids, all, dryRun, ...match } = body.value
      const ways = [ids, all, Object.values(match).some((v) => v !== undefined) || undefined].filter(
        (w) => w !== undefined,
      )
      if (ways.length !== 1) {
        return problem(
          422,
          'Say which dead letters: {ids}, or a filter of {type, error, since, until}, or {all: true} for every one.',
          [
            {
              path: '',
              message: ways.length === 0 ? 'an empty filter matches nothing' : 'give one of ids, filter and all',
            },
          ],
        )
      }
      const dead = ids
        ? deadOf(deps, ids)
        : allFailing(deps.failing, ['dead'], { ...match, until: match.until ?? deps.clock.now().toISOString() }, 100)
      if (dryRun) return { status: 202, body: { matched: await countMatches(dead), moved: 0, complete: true } }
      await audit(deps, request, 'redrive', JSON.stringify(body.value).slice(0, 1_000))
      return { status: 202, body: await redrive(deps.redrive, dead, deps.clock.now().getTime() + redriveTime) }
    },
  }),
]

/** The dead ones among these jobs. */
async function* deadOf({ redrive: { effects } }: ApiDeps, ids: readonly string[]): AsyncGenerator<readonly Effect[]> {
  const unique = [...new Set(ids)]
  for (let i = 0; i < unique.length; i += 100) {
    yield (await effects(unique.slice(i, i + 100))).filter((effect) => effect.state === 'dead')
  }
}

function letterView(effect: Effect): z.infer<typeof letter> {
  return {
    id: effect.pk,
    type: effect.type,
    lane: effect.lane,
    error: effect.lastError ?? '',
    attempts: effect.attempts,
    diedAt: failingSince(effect) ?? '',
  }
}
