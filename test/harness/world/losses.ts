/**
 * What gets lost alone: no outage tells of it, and no other loss makes the reconciler read all parts of the outbox. So it is
 * found only if its own part has its turn every day, or, while it waits for a retry, in the hour's check of all that do.
 */
import type { Item } from '../../../shared/lib/write.ts'
import type { SimMessage } from '../../support/sim-queue.ts'

export const hour = 3_600_000
const day = 24 * hour
/** No job is checked within half an hour of its time, and its part may have had its hour just before. ms. */
export const patience = 2 * hour

/** Jobs that will lose what carries them. */
export interface Losses {
  /** Their record of the stream. */
  readonly records: Set<string>
  /** Their message, while they wait for a retry. */
  readonly retries: Set<string>
  takesRecord(item: Item): boolean
  takesMessage(message: SimMessage): boolean
}

interface Around {
  readonly now: () => number
  readonly stateOf: (id: string) => unknown
  /** Whether the reconciler has sent the job before: then it leaves it alone for most of a day. */
  readonly wasResent: (id: string) => boolean
  /** Told of a loss, and when it must have been found, in ms since the epoch. */
  readonly lost: (id: string, foundBy: number) => void
}

export function createLosses({ now, stateOf, wasResent, lost }: Around): Losses {
  const [records, retries] = [new Set<string>(), new Set<string>()]
  return {
    records,
    retries,
    takesRecord({ id }) {
      if (!records.delete(String(id))) return false
      lost(String(id), now() + day + patience)
      return true
    },
    takesMessage({ body }) {
      if (retries.size === 0) return false
      const { id } = JSON.parse(body)
      if (!retries.has(id) || stateOf(id) !== 'retrying') return false
      retries.delete(id)
      lost(id, now() + (wasResent(id) ? day + patience : 3 * hour))
      return true
    },
  }
}
