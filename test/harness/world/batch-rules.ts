/** What must hold of batches: when a callback is written, and in the end. */
import type { BatchItem } from '../../../shared/batch/items.ts'
import { batchIdOf, isBatchItem } from '../../../shared/batch/items.ts'
import type { BatchCounts } from '../../../shared/define/batch.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import type { Item } from '../../../shared/lib/write.ts'
import type { Promised } from './promises.ts'
import { isEnd } from './unique-rules.ts'

type State = Effect['state'] | undefined

interface Around {
  readonly now: () => number
  readonly stateOf: (job: string) => State
  /** When a job ended, in ms since the epoch. */
  readonly endOf: (job: string) => number
  /** When a batch was sealed, in ms since the epoch. */
  readonly sealedAt: (batch: string) => number
  /** Whether nothing has gone wrong since a job was written. */
  readonly isCalm: (job: string) => boolean
  readonly breaks: (promise: Promised, what: string) => void
  /** Told of each callback. */
  readonly causes: () => void
}

/** From the seal, and the end of the last member, to the callback, at most. ms. */
const atOnce = 5_000

export type BatchRules = ReturnType<typeof batchRules>

export function batchRules({ now, stateOf, endOf, sealedAt, isCalm, breaks, causes }: Around) {
  /** The jobs of each batch, by their places: one that was replayed with another payload has left its place. */
  const members = new Map<string, Map<unknown, string>>()
  /** Callbacks that were written: `batch event`. */
  const caused = new Set<string>()
  const statesOf = (batch: string) => [...(members.get(batch)?.values() ?? [])].map((job) => stateOf(job))

  function judge(event: string, { id, ...counts }: BatchCounts): void {
    if (caused.has(`${id} ${event}`)) breaks('a batch causes each callback once', `${id} ${event}`)
    caused.add(`${id} ${event}`)
    causes()
    const states = statesOf(id)
    const jobs = [...(members.get(id)?.values() ?? [])]
    if (jobs.every(isCalm) && now() > Math.max(sealedAt(id), ...jobs.map(endOf)) + atOnce)
      breaks('a callback follows its last member at once when nothing goes wrong', `${id} ${event}`)
    const isDue = event === 'finished' ? states.every(isEnd) : states.every((state) => state === 'succeeded')
    if (!isDue)
      breaks(
        'a callback is caused after every member of its batch has ended, or succeeded',
        `${id} ${event}: ${states}`,
      )
    const count = (wanted: State) => states.filter((state) => state === wanted).length
    const actual = {
      total: states.length,
      succeeded: count('succeeded'),
      dead: count('dead'),
      cancelled: count('cancelled'),
    }
    if (JSON.stringify(counts) !== JSON.stringify(actual))
      breaks('a callback has the counts of its batch', `${id} ${event}: ${JSON.stringify([counts, actual])}`)
  }

  return {
    /** A job was written. */
    inserted({ id, batch, type, payload }: Item): void {
      const member = batch as { readonly id: string; readonly member: number } | undefined
      if (member) members.set(member.id, (members.get(member.id) ?? new Map()).set(member.member, String(id)))
      if (type !== 'gathered') return
      const { event, batch: counts } = JSON.parse(String(payload))
      judge(event, counts)
    },
    /** Sealed batches whose callbacks are missing. @param effects items of the effects table */
    missing(effects: readonly Item[]): string[] {
      const batches = effects.filter(
        (item) => isBatchItem(item) && item.batches !== undefined,
      ) as unknown as BatchItem[]
      return batches.flatMap(({ pk, sealedAt }) => {
        const states = statesOf(batchIdOf(pk))
        if (sealedAt === undefined || !states.every(isEnd)) return []
        const due = states.every((state) => state === 'succeeded') ? ['finished', 'succeeded'] : ['finished']
        return due.map((event) => `${batchIdOf(pk)} ${event}`).filter((name) => !caused.has(name))
      })
    },
  }
}
