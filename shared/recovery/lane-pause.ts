/** The note of a paused lane: who paused it, when and why. */
import * as z from 'zod'
import { ownPartition } from '../define/record/attributes.ts'
import { recordIn } from '../define/record/item.ts'
import { create, defineOwnRecord, put, recordWrite } from '../define/record.ts'
import type { Store } from '../lib/ports.ts'

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

/** A lane that still runs so long after it was noted as paused was resumed without the API. ms. */
const switchingTime = 60_000

/**
 * Notes that a lane is to be paused, unless the note of an earlier pause stands: of several pauses the first one's reason stays.
 * A note that is left of a pause which ended without the API is replaced.
 *
 * @param isRunning whether the lane takes jobs now
 * @returns the note that stands
 */
export async function notePause(store: Store, note: LanePause, isRunning: boolean): Promise<LanePause> {
  const created = await store.write(recordWrite(create(lanePause, note)))
  if (created.kind === 'written') return note
  const standing = recordIn(lanePause, created.met ?? {})
  const isLeft = isRunning && Date.parse(note.at) - Date.parse(standing.at) > switchingTime
  if (!isLeft) return standing
  await store.write(recordWrite(put(lanePause, note)))
  return note
}
