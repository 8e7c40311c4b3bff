/**
 * What gets lost alone: no outage tells of it, and no other loss makes the reconciler read all parts of the outbox. So it is
 * found only if its own part has its turn every day, or, while it waits for a retry, in the hour's check of all that do.
 */
import { outboxKey } from '../../../shared/lib/id.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { isReadAt } from '../../support/segments.ts'
import type { SimMessage } from '../../support/sim-queue.ts'

const hour = 3_600_000
const day = 24 * hour
/** No job is checked within half an hour of its time, and its part may have had its hour just before. ms. */
const patience = 2 * hour

/** A loss, in ms since the epoch. */
export interface Loss {
  /** Of the first run that may find it. */
  readonly turn: number
  /** When it must have been found, if no run of the reconciler fails. */
  readonly foundBy: number
}

/**
 * Whether a loss is found late. A part whose run failed is read an hour later, after the parts that failed since: of so many
 * failures, the first is made up for after twice as many hours.
 *
 * @param failedRuns when runs of the reconciler failed, in ms since the epoch
 */
export function isLate({ turn, foundBy }: Loss, failedRuns: readonly number[], now: number): boolean {
  return now > foundBy + 2 * failedRuns.filter((at) => at >= turn).length * hour
}

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
  /** Told of a loss. */
  readonly lost: (id: string, loss: Loss) => void
}

export function createLosses({ now, stateOf, wasResent, lost }: Around): Losses {
  const [records, retries] = [new Set<string>(), new Set<string>()]
  return {
    records,
    retries,
    takesRecord({ id }) {
      if (!records.delete(String(id))) return false
      lost(String(id), { turn: turnOf(outboxKey(String(id)).pk, now() + hour / 2), foundBy: now() + day + patience })
      return true
    },
    takesMessage({ body }) {
      if (retries.size === 0) return false
      const { id } = JSON.parse(body)
      if (!retries.has(id) || stateOf(id) !== 'retrying') return false
      retries.delete(id)
      lost(id, { turn: now(), foundBy: now() + (wasResent(id) ? day + patience : 3 * hour) })
      return true
    },
  }
}

/** The first hour from a moment on in which the part of an item is read, in ms since the epoch. A run begins a little early. */
function turnOf(pk: string, from: number): number {
  let turn = Math.ceil(from / hour) * hour
  while (!isReadAt(new Date(turn), pk)) turn += hour
  return turn - 60_000
}
