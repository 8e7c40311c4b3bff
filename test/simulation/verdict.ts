/** Whether the promise was kept, judged by what the world saw and what the tables hold in the end. */
import type { Effect } from '../../shared/effect.ts'
import { decodeMessage } from '../../shared/outbox-item.ts'
import type { Stack } from './functions.ts'

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
  const effects = new Map(dynamoDb.items('effects').map((item) => [String(item.pk), item as unknown as Effect]))
  const records = new Map(dynamoDb.items('records').map((item) => [String(item.pk), item]))
  const letters = new Set(
    sqs.lanes.flatMap(({ deadLetters }) =>
      deadLetters.messages.map(({ body, deaths }) => {
        const decoded = decodeMessage(body)
        return decoded.kind === 'envelope' ? `${decoded.envelope.id} ${deaths}` : ''
      }),
    ),
  )
  const jobs = [...new Set([...witness.accepted, ...witness.committed])]
  const runs = (id: string) => witness.runs.get(id) ?? []
  const count = (id: string) => Number(records.get(`counter#${id}`)?.count ?? 0)
  const state = (id: string) => effects.get(id)?.state
  const has = (wanted: string) => (id: string) => state(id) === wanted
  const writes = (id: string) => !witness.mails.has(id) && effects.get(id)?.type !== 'mail'
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
      'a dead job has its letter': jobs.filter(
        (id) => state(id) === 'dead' && !letters.has(`${id} ${effects.get(id)?.deaths}`),
      ),
      'no attempt beyond the budget': [...effects.values()]
        .filter(({ attempts, budget = 0 }) => attempts > budget)
        .map(({ pk }) => pk),
      'each run is an attempt of its own': jobs.filter(
        (id) => new Set(runs(id).map(({ attempt }) => attempt)).size < runs(id).length,
      ),
      'no attempt begins while another is at work': witness.overlaps,
      'a parked job runs once in each life': [...effects.values()]
        .filter(({ pk, type, deaths }) => type === 'parked' && runs(pk).length > 1 + deaths)
        .map(({ pk }) => pk),
      'no message gets lost on the way': witness.unexplained,
      'what got lost alone is found in time': witness.foundLate,
      'order within a group': outOfOrder(witness, records, effects),
    },
  }
}

/** Of the jobs of a group that kept their turn, those whose effect came after that of a later one. */
function outOfOrder(
  { committed, outOfTurn }: Stack['witness'],
  records: ReadonlyMap<string, object>,
  effects: ReadonlyMap<string, Effect>,
): string[] {
  const turn = new Map([...committed].map((id, i) => [id, i]))
  const keptTurn = (id: string) => !outOfTurn.has(id) && effects.get(id)?.deaths === 0
  return [...records.values()].flatMap((record) => {
    const jobs = ((record as { jobs?: readonly string[] }).jobs ?? []).filter(keptTurn)
    return jobs.filter((id, i) => (turn.get(id) ?? 0) < (turn.get(jobs[i - 1] ?? '') ?? -1))
  })
}
