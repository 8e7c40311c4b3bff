import { z } from 'zod'
import type { Effect } from '../../../shared/effect.ts'
import { countMatches, redrive } from '../../../shared/redrive.ts'
import { allTrouble, errorGroups, type TroubleCursor, troublePage } from '../../../shared/trouble.ts'
import { problem } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { readBody, readQuery } from '../request.ts'
import type { Route } from '../route.ts'

const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString())
const filter = { type: z.string().min(1).max(64).optional(), since: time.optional(), until: time.optional() }

const listQuery = z.strictObject({
  ...filter,
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .max(500)
    .refine((text) => readCursor(text) !== undefined, 'is not a cursor of this list')
    .transform(readCursor)
    .optional(),
})

const redriveBody = z.strictObject({
  ids: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
  ...filter,
  all: z.literal(true).optional(),
  dryRun: z.boolean().default(false),
})

/** How long one redrive call works, in ms; it leaves the function time to answer. */
const redriveTime = 9_000

export const deadLetters: readonly Route[] = [
  {
    method: 'GET',
    path: '/dead-letters',
    async answer({ trouble }, { event }) {
      const query = readQuery(event, listQuery)
      if (!query.ok) return query.answer
      const { limit, cursor: after, ...match } = query.value
      const [page, all] = await Promise.all([
        troublePage(trouble, 'dead', match, { after, limit }),
        Array.fromAsync(allTrouble(trouble, 'dead', match, 1_000)),
      ])
      return {
        status: 200,
        body: {
          deadLetters: page.effects.map(letterView),
          groups: errorGroups(all.flat()),
          next: page.next && writeCursor(page.next),
        },
      }
    },
  },
  {
    method: 'POST',
    path: '/dead-letters/redrive',
    async answer(deps, { event }) {
      const body = readBody(event, redriveBody)
      if (!body.ok) return body.answer
      const { ids, all, dryRun, ...match } = body.value
      const ways = [ids, all, Object.values(match).some((v) => v !== undefined) || undefined].filter(
        (w) => w !== undefined,
      )
      if (ways.length !== 1) {
        return problem(
          422,
          'Say which dead letters: {ids}, or a filter of {type, since, until}, or {all: true} for every one.',
          [
            {
              path: '',
              message: ways.length === 0 ? 'an empty filter matches nothing' : 'give one of ids, filter and all',
            },
          ],
        )
      }
      const dead = ids ? deadOf(deps, ids) : allTrouble(deps.trouble, 'dead', match, 100)
      if (dryRun) return { status: 202, body: { matched: await countMatches(dead), moved: 0, complete: true } }
      return { status: 202, body: await redrive(deps.redrive, dead, deps.clock.now().getTime() + redriveTime) }
    },
  },
]

/** The dead ones among these jobs. */
async function* deadOf({ redrive: { effects } }: ApiDeps, ids: readonly string[]): AsyncGenerator<readonly Effect[]> {
  const unique = [...new Set(ids)]
  for (let i = 0; i < unique.length; i += 100) {
    yield (await effects(unique.slice(i, i + 100))).filter((effect) => effect.state === 'dead')
  }
}

function letterView(effect: Effect) {
  return {
    id: effect.pk,
    type: effect.type,
    lane: effect.lane,
    error: effect.lastError ?? '',
    attempts: effect.attempts,
    diedAt: effect.troubleAt,
  }
}

function writeCursor({ troubleAt, pk }: TroubleCursor): string {
  return Buffer.from(JSON.stringify([troubleAt, pk])).toString('base64url')
}

function readCursor(text: string): TroubleCursor | undefined {
  const parsed = z
    .tuple([z.string().min(1), z.string().min(1)])
    .safeParse(safeJson(Buffer.from(text, 'base64url').toString()))
  return parsed.success ? { troubleAt: parsed.data[0], pk: parsed.data[1] } : undefined
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
