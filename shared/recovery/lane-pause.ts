/** The note of a paused lane: who paused it, when and why. */
import * as z from 'zod'
import { ownPartition } from '../define/record/attributes.ts'
import { recordIn } from '../define/record/item.ts'
import { create, defineOwnRecord, put, recordWrite, remove } from '../define/record.ts'
import type { Store } from '../lib/ports.ts'
import { keyOf, type Write } from '../lib/write.ts'

/** Partition of the notes on paused lanes. */
export const lanePausePartition = ownPartition('lane-pause')

/**
 * The person or circuit breaker that paused a lane, when and why; it exists while the lane is paused. The mapping itself
 * knows only that it is disabled.
 */
export const lanePause = defineOwnRecord({
  name: 'lane-pause',
  schema: z.object({
    lane: z.string(),
    /** An IAM ARN, issuer and subject of a token, `anonymous`, or `circuit breaker`. */
    by: z.string(),
    at: z.iso.datetime(),
    reason: z.string().optional(),
  }),
  key: ({ lane }: { lane: string }) => ({ pk: lanePausePartition, sk: lane }),
})

export type LanePause = z.infer<typeof lanePause.schema>

/** A lane that is not paused so long after it was noted as paused was resumed without the API, for example by a deploy. ms. */
const switchingTime = 60_000

/** Whether a lane may still be on its way into the pause of a note. */
export function isRecent(note: Pick<LanePause, 'at'> | undefined, now: Date): boolean {
  return note !== undefined && now.getTime() - Date.parse(note.at) <= switchingTime
}

/**
 * Notes that a lane is to be paused, unless the note of an earlier pause stands: of several pauses the first one's reason stays.
 * A note that is left of a pause which ended without the API is replaced.
 *
 * @param isPaused whether the lane takes no jobs now
 * @returns the note that stands
 */
export async function notePause(store: Store, note: LanePause, isPaused: boolean): Promise<LanePause> {
  const created = await store.write(recordWrite(create(lanePause, note)))
  if (created.kind === 'written') return note
  const standing = recordIn(lanePause, created.met ?? {})
  if (isPaused || isRecent(standing, new Date(note.at))) return standing
  await store.write(recordWrite(put(lanePause, note)))
  return note
}

/** Reads the note of a paused lane; `undefined` if there is none. */
export async function notedPause(store: Store, lane: string): Promise<LanePause | undefined> {
  const item = await store.get('records', keyOf(recordWrite(remove(lanePause, { lane }))))
  return item && recordIn(lanePause, item)
}

/** The removal of this note, and of no other: somebody may pause the lane again while it is resumed. */
export function forgetPause({ lane, at, by }: LanePause): Write {
  const condition = {
    text: '#at = :at AND #by = :by',
    names: { '#at': 'at', '#by': 'by' },
    values: { ':at': at, ':by': by },
  }
  return { ...recordWrite(remove(lanePause, { lane })), condition }
}
