/** Whether every promise was kept, judged by what the world saw and what the tables and queues hold in the end. */
import { effectOf } from '../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { decodeMessage } from '../../../shared/outbox/envelope.ts'
import { maxAttempts } from './app.ts'
import type { Broken, Promised } from './promises.ts'
import type { SimSqs } from './sqs.ts'
import type { Stack } from './stack.ts'
import type { Witness } from './witness.ts'
import { dueAt, outOfOrder } from './written.ts'

export interface Verdict {
  readonly accepted: number
  readonly succeeded: number
  readonly dead: number
  readonly cancelled: number
  readonly mails: number
  /** Jobs whose mail went out more than once: the process died, or its answer was lost, between mail and commit. */
  readonly mailedAgain: number
  /** All empty, or the product is broken. */
  readonly broken: Broken
}

type JobState = Effect['state'] | undefined

export function verdictOn(stack: Stack): Verdict {
  const { dynamoDb, witness } = stack
  const items = dynamoDb.items('effects').filter(({ state }) => state !== undefined)
  const effects = new Map(items.map((item) => [String(item.pk), item as unknown as Effect]))
  const jobs = [...new Set([...witness.accepted, ...witness.written.keys()])]
  const state = (id: string): JobState => {
    const job = witness.written.get(id)
    return (job && effectOf(job, effects.get(id)))?.state
  }
  const has = (wanted: JobState) => (id: string) => state(id) === wanted
  const mails = [...witness.mails.values()]
  const found = { ...inTheEnd(stack, jobs, effects, state), ...ofEachEffect(witness, effects) }
  const broken = Object.entries(witness.broken).map(([promise, before]) => [
    promise,
    [...before, ...(found[promise as Promised] ?? [])],
  ])
  return {
    accepted: witness.accepted.size,
    succeeded: jobs.filter(has('succeeded')).length,
    dead: jobs.filter(has('dead')).length,
    cancelled: jobs.filter(has('cancelled')).length,
    mails: mails.reduce((sum, times) => sum + times, 0),
    mailedAgain: mails.filter((times) => times > 1).length,
    broken: Object.fromEntries(broken) as Broken,
  }
}

type Found = Partial<Broken>

function inTheEnd(
  { dynamoDb, sqs, witness }: Stack,
  jobs: readonly string[],
  effects: ReadonlyMap<string, Effect>,
  state: (id: string) => JobState,
): Found {
  const records = new Map(dynamoDb.items('records').map((item) => [String(item.pk), item]))
  const count = (id: string) => Number(records.get(`counter#${id}`)?.count ?? 0)
  const writes = (id: string) => !witness.mails.has(id) && effects.get(id)?.type !== 'mail'
  const hasDeadLetter = deadLettersOf(sqs, witness, effects)
  return {
    'an accepted job is written': [...witness.accepted].filter((id) => !witness.written.has(id)),
    'a job ends visibly': jobs.filter((id) => !['succeeded', 'dead', 'cancelled'].includes(state(id) ?? '')),
    'a sealed batch whose members have ended has caused its callbacks': witness.missingCallbacks(
      dynamoDb.items('effects'),
    ),
    'an order and its jobs are written together': [...witness.orders]
      .filter(([id, ids]) => ids.some((job) => witness.written.has(job) !== records.has(`order#${id}`)))
      .map(([id]) => id),
    'one key has one outcome': [...witness.rivals]
      .filter((both) => both.every((id) => witness.written.has(id)))
      .map(([id]) => id),
    'an effect happens once if the job succeeded, else never': jobs
      .filter(writes)
      .filter((id) => count(id) !== (state(id) === 'succeeded' ? 1 : 0)),
    'a change that can never be written is refused once in each life': dynamoDb
      .items('outbox')
      .filter(({ id, payload }) => /"unwritable":true/.test(String(payload)) && isTriedAgain(effects.get(String(id))))
      .map(({ id }) => String(id)),
    'what asks for a job that is unique until started, or debounced, is followed by a run of its key': witness
      .unseen()
      .map(({ by, key }) => `${by} for ${key}`),
    'a dead job has its dead letter': jobs.filter(
      (id) => state(id) === 'dead' && !isUnsendable(effects.get(id)) && !hasDeadLetter(id),
    ),
    'order within a group, by run time and then by writing': wrongOrder(witness, records, effects),
    'on an ordered lane a job is sent at its time when nothing goes wrong': sentLate(witness),
  }
}

function ofEachEffect(witness: Witness, effects: ReadonlyMap<string, Effect>): Found {
  const all = [...effects.values()].filter(({ pk }) => witness.written.has(pk))
  const runs = (id: string) => witness.runs.get(id)?.length ?? 0
  const those = (isBroken: (effect: Effect) => boolean) => all.filter(isBroken).map(({ pk }) => pk)
  const notDone = (id: string) => witness.notDone.get(id) ?? 0
  /** Runs that count as no attempt. */
  const throttled = (id: string) => witness.throttled.get(id) ?? 0
  const givenBack = (id: string) => (witness.givenBack.get(id) ?? 0) + throttled(id)
  return {
    'a mail was sent if its job succeeded': those(
      ({ pk, type, state }) => type === 'mail' && state === 'succeeded' && !witness.mails.has(pk),
    ),
    'a cancelled job never ran': those(
      ({ pk, state, replayedAs }) => state === 'cancelled' && replayedAs === undefined && runs(pk) > 0,
    ),
    'a job with another payload is written together with the end of the one that it replaces': those(
      ({ replayedAs }) => replayedAs !== undefined && !witness.replacing.has(replayedAs),
    ),
    'no job dies of a change that a later time made wrong': those(
      ({ lastError = '' }) => lastError.startsWith('ChangeRefusedError') && lastError.includes('runAt'),
    ),
    'attempts count when they start': those(({ pk, attempts }) => attempts + throttled(pk) < runs(pk)),
    'no more runs than attempts in each life': those(
      ({ pk, deaths }) => runs(pk) > maxAttempts * (1 + deaths) + givenBack(pk),
    ),
    'an unrepeatable job runs once in each life, unless it says that nothing has happened': those(
      ({ pk, type, deaths }) => type === 'unrepeatable' && runs(pk) > 1 + deaths + notDone(pk),
    ),
  }
}

/** Whether a job that died has the dead letter of its latest death. */
function deadLettersOf({ lanes }: SimSqs, witness: Witness, effects: ReadonlyMap<string, Effect>) {
  const deadLetters = new Set(
    lanes.flatMap(({ deadLetters }) =>
      deadLetters.messages.flatMap(({ body, deaths, isMoved }) => {
        const decoded = decodeMessage(body)
        if (decoded.kind !== 'envelope') return []
        return [`${decoded.envelope.id} ${deaths}`, ...(isMoved ? [`${decoded.envelope.id} moved`] : [])]
      }),
    ),
  )
  // SQS may have moved the message itself, before the dead letter was sent. A dead letter that was put back and that SQS moved
  // again still shows the job, but its number, and that of its copy, no longer counts.
  const mayBeMoved = (id: string) => !effects.get(id)?.deadLetterAt || witness.putBack.has(id)
  return (id: string) =>
    witness.deadLettersGone.get(id) === effects.get(id)?.deaths ||
    deadLetters.has(`${id} ${effects.get(id)?.deaths}`) ||
    (mayBeMoved(id) && (deadLetters.has(`${id} moved`) || deadLetters.has(`${id} undefined`)))
}

/** The reconciler ended it: it could not be sent, so nothing of it is in a queue. */
const isUnsendable = (effect: Effect | undefined) => effect?.lastError?.startsWith('UnsendableError') === true

/** Whether a job failed more often than it died, by more than the end of its process or its time; or did not fail at all. */
function isTriedAgain(effect: Effect | undefined): boolean {
  if (!effect || effect.state === 'cancelled') return false
  const refusals = (effect.failures ?? []).filter(({ error }) => error.startsWith('ChangeRefusedError'))
  return effect.state === 'succeeded' || refusals.length > effect.deaths
}

/** Of the jobs of a group that kept their turn, those that ran after one that should have run later. */
function wrongOrder(
  { written, outOfTurn }: Witness,
  records: ReadonlyMap<string, Item>,
  effects: ReadonlyMap<string, Effect>,
): string[] {
  const keptTurn = (id: string) => !outOfTurn.has(id) && effects.get(id)?.deaths === 0
  return [...records.values()].flatMap((record) => {
    const jobs = ((record as { jobs?: readonly string[] }).jobs ?? []).filter(keptTurn)
    return outOfOrder(jobs.flatMap((id) => written.get(id) ?? []))
  })
}

/** From the time of a job until it is sent, at most, when nothing goes wrong: the stream appears late, and clocks differ. ms. */
const late = 1_800

/** Of the jobs that were written when nothing went wrong any more, those that were sent late. */
function sentLate(witness: Witness): string[] {
  const calm = [...witness.written.values()].filter(({ writtenAt }) => writtenAt >= witness.calmSince)
  return calm
    .filter((job) => {
      const sentAt = witness.sentAt.get(job.id)
      return sentAt !== undefined && sentAt > Math.max(job.writtenAt, dueAt(job)) + late
    })
    .map(({ id }) => id)
}
