/** Whether the promise was kept, judged by what the world saw and what the tables hold in the end. */

import { recordIn, recordKey } from '../../../shared/define/record/item.ts'
import { allowedAttempts } from '../../../shared/execution/effect/lease.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { decodeMessage } from '../../../shared/outbox/envelope.ts'
import { outOfOrder } from '../../support/order.ts'
import { recordTypes } from './app.ts'
import type { Stack } from './functions.ts'
import type { Witness } from './witness.ts'

export interface Verdict {
  readonly accepted: number
  readonly succeeded: number
  readonly dead: number
  readonly cancelled: number
  readonly mails: number
  /** Jobs whose mail went out more than once: the process died, or its answer was lost, between mail and commit. */
  readonly mailedAgain: number
  /** What was promised and not kept, by promise: the jobs. All empty, or the product is broken. */
  readonly broken: Readonly<Record<string, readonly string[]>>
}

export async function verdictOn({ dynamoDb, sqs, witness }: Stack): Promise<Verdict> {
  const items = dynamoDb.items('effects').filter(({ pk }) => !String(pk).startsWith('reconciler#'))
  const effects = new Map(items.map((item) => [String(item.pk), item as unknown as Effect]))
  const records = new Map(dynamoDb.items('records').map((item) => [String(item.pk), item]))
  const deadLetters = new Set(
    sqs.lanes.flatMap(({ deadLetters }) =>
      deadLetters.messages.flatMap(({ body, deaths, isMoved }) => {
        const decoded = decodeMessage(body)
        if (decoded.kind !== 'envelope') return []
        return [`${decoded.envelope.id} ${deaths}`, ...(isMoved ? [`${decoded.envelope.id} moved`] : [])]
      }),
    ),
  )
  const jobs = [...new Set([...witness.accepted, ...witness.committed])]
  const runs = (id: string) => witness.runs.get(id) ?? []
  const count = (id: string) => Number(records.get(`counter#${id}`)?.count ?? 0)
  const state = (id: string) => effects.get(id)?.state
  const has = (wanted: string) => (id: string) => state(id) === wanted
  const writes = (id: string) => !witness.mails.has(id) && effects.get(id)?.type !== 'mail'
  const notDone = (id: string) => witness.notDone.get(id) ?? 0
  // SQS may have moved the message itself, before the dead letter was sent. A dead letter that was put back and that SQS moved
  // again still shows the job, but its number, and that of its copy, no longer counts.
  const mayBeMoved = (id: string) => !effects.get(id)?.deadLetterAt || witness.putBack.has(id)
  const hasDeadLetter = (id: string) =>
    witness.deadLettersGone.has(id) ||
    deadLetters.has(`${id} ${effects.get(id)?.deaths}`) ||
    (mayBeMoved(id) && (deadLetters.has(`${id} moved`) || deadLetters.has(`${id} undefined`)))
  const orders = [...witness.orders]

  return {
    accepted: witness.accepted.size,
    succeeded: jobs.filter(has('succeeded')).length,
    dead: jobs.filter(has('dead')).length,
    cancelled: jobs.filter(has('cancelled')).length,
    mails: [...witness.mails.values()].reduce((sum, mails) => sum + mails, 0),
    mailedAgain: [...witness.mails.values()].filter((mails) => mails > 1).length,
    broken: {
      'an accepted job is written': [...witness.accepted].filter((id) => !witness.committed.has(id)),
      'a job ends visibly': jobs.filter((id) => !['succeeded', 'dead', 'cancelled'].includes(state(id) ?? '')),
      'an order and its jobs are written together': orders
        .filter(([id, ids]) => ids.some((job) => witness.committed.has(job) !== records.has(`order#${id}`)))
        .map(([id]) => id),
      'one key has one outcome': [...witness.rivals]
        .filter((both) => both.every((id) => witness.committed.has(id)))
        .map(([id]) => id),
      'an effect belongs to a job that was committed': [...effects.keys()].filter((id) => !witness.committed.has(id)),
      'an effect happens once if the job succeeded, else never': jobs
        .filter(writes)
        .filter((id) => count(id) !== (state(id) === 'succeeded' ? 1 : 0)),
      'a mail was sent if its job succeeded': [...effects.values()]
        .filter((effect) => effect.type === 'mail' && effect.state === 'succeeded' && !witness.mails.has(effect.pk))
        .map(({ pk }) => pk),
      'a cancelled job never ran': jobs.filter((id) => state(id) === 'cancelled' && runs(id).length > 0),
      'a change that can never be written is refused once in each life': dynamoDb
        .items('outbox')
        .filter(({ id, payload }) => /"unwritable":true/.test(String(payload)) && isTriedAgain(effects.get(String(id))))
        .map(({ id }) => String(id)),
      'a record can be read under its own key': dynamoDb
        .items('records')
        .filter(isUnreadable)
        .map(({ pk }) => String(pk)),
      'a dead job has its dead letter': jobs.filter(
        (id) => state(id) === 'dead' && !isUnsendable(effects.get(id)) && !hasDeadLetter(id),
      ),
      'no job dies of a change that a later time made wrong': [...effects.values()]
        .filter(({ lastError = '' }) => lastError.startsWith('ChangeRefusedError') && lastError.includes('runAt'))
        .map(({ pk }) => pk),
      'no attempt beyond the budget': [...effects.values()]
        .filter((effect) => effect.attempts > (allowedAttempts(effect) ?? 0))
        .map(({ pk }) => pk),
      'each run is an attempt of its own': jobs.filter(
        (id) => new Set(runs(id).map(({ attempt }) => attempt)).size < runs(id).length,
      ),
      'no attempt begins while another is at work': witness.overlaps,
      'an unrepeatable job runs once in each life, unless it says that nothing has happened': [...effects.values()]
        .filter(({ pk, type, deaths }) => type === 'unrepeatable' && runs(pk).length > 1 + deaths + notDone(pk))
        .map(({ pk }) => pk),
      'no message gets lost on the way': witness.unexplained,
      'no job is sent again that waits in its lane': witness.sentAgain,
      'what got lost alone is found in time': witness.foundLate,
      'order within a group, by run time and then by writing': wrongOrder(witness, records, effects),
      'no job runs before its time': [...witness.ranAt]
        .filter(([id, at]) => at < dueAt(witness, id) - clocksDiffer)
        .map(([id]) => id),
      'on an ordered lane no job is sent before its time': [...witness.sentAt]
        .filter(([id, at]) => at < dueAt(witness, id) - 2 * clocksDiffer)
        .map(([id]) => id),
      'on an ordered lane a job is sent at its time when nothing goes wrong': sentLate(witness),
    },
  }
}

/** The reconciler ended it: it could not be sent, so nothing of it is in a queue. */
const isUnsendable = (effect: Effect | undefined) => effect?.lastError?.startsWith('UnsendableError') === true

/** Whether a job failed more often than it died, by more than the end of its process or its time; or did not fail at all. */
function isTriedAgain(effect: Effect | undefined): boolean {
  if (!effect || effect.state === 'cancelled') return false
  const failures = (effect.failures ?? []).filter(
    ({ error }) => !/^(Crash|TimeLimit|NotDeployed|NotDone)Error/.test(error),
  )
  return effect.state === 'succeeded' || failures.length > effect.deaths
}

/** Whether its type cannot read an item, or would look for it elsewhere. */
function isUnreadable(item: Item): boolean {
  const type = recordTypes.get(String(item._kind))
  if (!type) return false
  try {
    const { pk, sk } = recordKey(type, recordIn(type, item))
    return pk !== item.pk || sk !== item.sk
  } catch {
    return true
  }
}

/** Of the jobs of a group that kept their turn, those that ran after one that should have run later. */
function wrongOrder(
  { written, outOfTurn }: Witness,
  records: ReadonlyMap<string, object>,
  effects: ReadonlyMap<string, Effect>,
): string[] {
  const keptTurn = (id: string) => !outOfTurn.has(id) && effects.get(id)?.deaths === 0
  return [...records.values()].flatMap((record) => {
    const jobs = ((record as { jobs?: readonly string[] }).jobs ?? []).filter(keptTurn)
    return outOfOrder(jobs.flatMap((id) => written.get(id) ?? []))
  })
}

/** The clock of a consumer, and true time. ms. */
const clocksDiffer = 500
const dueAt = ({ written }: Witness, id: string) => Date.parse(written.get(id)?.runAt ?? '') || 0

/** From the time of a job until it is sent, at most, when nothing goes wrong: the stream appears late, and clocks differ. ms. */
const late = 1_800

/** Of the jobs that were written when nothing went wrong any more, those that were sent late. */
function sentLate(witness: Witness): string[] {
  const calm = [...witness.written.values()].filter(({ writtenAt }) => writtenAt >= witness.calmSince)
  return calm
    .filter(({ id, writtenAt }) => {
      const sentAt = witness.sentAt.get(id)
      return sentAt !== undefined && sentAt > Math.max(writtenAt, dueAt(witness, id)) + late
    })
    .map(({ id }) => id)
}
