/**
 * The outbox item as it lies in the table: a public format, which code in any language may write. docs/item-format.md
 * describes it; its JSON Schema is generated from the schemas below.
 */
import * as z from 'zod'
import { groupIn, outboxKey } from '../lib/id.ts'
import { parsedFlaw } from '../lib/json-exact.ts'
import { type Item, utf8 } from '../lib/write.ts'
import { type Decoded, dueKeyOf, type Envelope, envelopeSchema, malformed, timeSchema } from './envelope.ts'
import { encodeMessage } from './message.ts'
import { startOf } from './turn.ts'

/** Seconds since the epoch in the year 5138. The same moment in milliseconds is above it from 1973 on. */
export const latestExpiry = 99_999_999_999

const jobSchema = z.object({
  pk: z.string().describe('The id; of a job with a group, `group~` and the group.'),
  sk: z.string().describe('The id.'),
  ...envelopeSchema.omit({ hasWaited: true }).shape,
  payload: z.string().describe('JSON as text.'),
  expiresAt: z
    .int()
    .min(1)
    .max(latestExpiry, 'must be in seconds since the epoch, not in milliseconds')
    .describe('TTL in seconds since the epoch: 30 days after the start time.'),
})

/** Where a job stands among others: in the indexes of what waits, and in its transaction. */
const placeSchema = z.object({
  due: z
    .string()
    .regex(/^due#[0-3]$/)
    .optional()
    .describe('Of a job that waits in the outbox: `due#` and the bucket of the id.'),
  dueAt: timeSchema.optional().describe('Of a job that waits in the outbox: the same as runAt.'),
  turn: z
    .string()
    .regex(/^(waiting|released)#/)
    .optional()
    .describe('Of a job that waits for an ordered lane: `waiting#` and dueAt.'),
  debounced: z.literal(true).optional().describe('Of a debounced job that waits.'),
  listed: z
    .string()
    .regex(/^jobs#[0-7]$/)
    .optional()
    .describe('For the list of all jobs: `jobs#` and the bucket of the id.'),
  listedAt: z.string().optional().describe('For the list of all jobs: createdAt, `#` and the id.'),
  seq: z.int().min(0).max(99).optional().describe('Place among the jobs of the transaction, from 0.'),
  change: z.string().optional().describe('Of a job with a group: the same in all jobs of the transaction.'),
})

/** The attributes that a writer sets. Those that the outbox adds later are not here, and are let through. */
export const itemSchema = jobSchema.extend(placeSchema.shape)

/** Reads an envelope from an outbox item. */
export function decodeItem(item: Item): Decoded {
  if (typeof item.payload !== 'string') return { kind: 'malformed', reason: 'the outbox item has no payload text' }
  const parsed = jobSchema.safeParse(item)
  if (!parsed.success) return malformed(parsed.error)
  const reason = contradictionIn(parsed.data)
  return reason === undefined ? withPayload(parsed.data) : { kind: 'malformed', reason }
}

/** The envelopes of outbox items; what is malformed is left out. */
export function envelopesOf(items: readonly Item[]): Envelope[] {
  return items.map(decodeItem).flatMap((decoded) => (decoded.kind === 'envelope' ? [decoded.envelope] : []))
}

/** Attributes that are valid alone and do not fit together. An item under another key would never be found by its id. */
function contradictionIn({ id, pk, sk, group, runAt, createdAt, expiresAt }: z.infer<typeof jobSchema>) {
  const key = outboxKey(id)
  if (pk !== key.pk || sk !== key.sk)
    return `the key of the outbox item is ("${pk}", "${sk}"); its id asks for ("${key.pk}", "${key.sk}")`
  if (group !== groupIn(id)) return `the group is ${quoted(group)}; its id asks for ${quoted(groupIn(id))}`
  const start = startOf({ runAt, createdAt })
  return expiresAt * 1000 < Date.parse(start)
    ? `expiresAt is ${expiresAt}, before the start time ${start}: it must be 30 days after it, in seconds since the epoch`
    : undefined
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'missing' : `"${text}"`
}

/** Bytes: 1 MiB, less what goes with it. */
const largestPayload = 1_000_000
/** `1e15` has four characters in other languages and sixteen here, so only a payload of some length can grow too large. */
const mayGrow = 200_000

/** Other languages write JSON that JavaScript cannot keep: `NaN`, or whole numbers of any size. */
function withPayload({ pk, sk, expiresAt, ...rest }: z.infer<typeof jobSchema>): Decoded {
  try {
    const payload: unknown = JSON.parse(rest.payload)
    const flaw = parsedFlaw(rest.payload, payload)
    if (flaw)
      return { kind: 'malformed', reason: `${['payload', flaw.path].filter(Boolean).join('.')} ${flaw.message}` }
    if (rest.payload.length > mayGrow && utf8(encodeMessage(payload)) > largestPayload)
      return {
        kind: 'malformed',
        reason: `the payload is larger than the ${largestPayload} bytes that fit into a message`,
      }
    return { kind: 'envelope', envelope: { ...rest, payload } }
  } catch {
    return { kind: 'malformed', reason: 'the payload of the outbox item is not JSON' }
  }
}

/**
 * The reason why a job would not get its turn, although it can run; `undefined` if it would. The reconciler sends such a job
 * after its time.
 */
export function placeProblem(item: Item, { id }: Pick<Envelope, 'id'>): string | undefined {
  const parsed = placeSchema.safeParse(item)
  if (!parsed.success) return malformed(parsed.error).reason
  const { due, dueAt } = parsed.data
  if (due === undefined) return undefined
  return due === dueKeyOf(id) && dueAt !== undefined
    ? undefined
    : `the job waits under "${due}" until ${dueAt ?? 'no time'}, where the sweeper does not find it: due must be "${dueKeyOf(id)}", with dueAt`
}
