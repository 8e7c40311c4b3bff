/** Who uses the stack: callers of the API, who repeat what was not answered, and operators. */
import { jobsOf } from '../../../shared/batch/plan.ts'
import { addToBatch, batch, sealBatch } from '../../../shared/define/batch.ts'
import { type JobOptions, type JobRequest, request as job, withIds } from '../../../shared/define/job.ts'
import { create } from '../../../shared/define/record.ts'
import { jobId } from '../../../shared/lib/id.ts'
import type { Change } from '../../../shared/outbox/change.ts'
import type { RequestResult } from '../../../shared/outbox/command-result.ts'
import { decodeMessage } from '../../../shared/outbox/envelope.ts'
import { mergedOf } from '../../../shared/outbox/request-mark.ts'
import { partOf } from '../../support/segments.ts'
import type { SimMessage } from '../../support/sim-queue.ts'
import {
  callbacks,
  calm,
  limited,
  mail,
  maxAttempts,
  once,
  order,
  type Payload,
  paced,
  plain,
  sole,
  step,
  unrepeatable,
} from '../world/app.ts'
import type { Mishap } from '../world/faults.ts'
import { actionFunction, editFunction, redriveFunction } from '../world/functions/operate.ts'
import { apiTimeout, request } from '../world/functions/request.ts'
import type { SimLane } from '../world/sqs.ts'
import type { World } from '../world/world.ts'

export interface Callers {
  /** Asks for an order, or for some job; returns how many jobs it asked for. */
  ask(): number
  /** Something that an operator may do at any time. */
  operate(): void
  /** Asks for a plain job, in some part of the outbox (partOf in segments.ts) if that matters; returns its id. */
  askFor(payload: Payload, part?: number): string
  redriveAll(): Promise<void>
  /** Puts every dead letter that is left back into its lane by hand, as it is; returns how many. */
  putBackAll(): number
  /** The same with those alone that SQS gave up and whose job has not ended. */
  putBackGivenUp(): number
}

type Around = Pick<World, 'stack' | 'timeline' | 'faults' | 'processes'>

/** Requests that a caller makes until it gives up. */
const patience = 12

const isAccepted = (kind: string | undefined) => kind === 'committed' || kind === 'replayed'

interface AnsweredJob {
  readonly id: string
  readonly isMerged: boolean
}

/** The jobs that an answer names; a repetition of one with a record does not name those that may be merged. */
function answerOf(result: RequestResult, change: Change, jobs: readonly string[]): AnsweredJob[] {
  if (result.kind === 'committed') return result.jobs.map(({ id, merged }) => ({ id, isMerged: merged === true }))
  const merged = new Map(result.kind === 'replayed' ? mergedOf(result.item).map(({ job, id }) => [job, id]) : [])
  return jobs.flatMap((id, place) =>
    change.records && change.jobs?.[place]?.job.unique
      ? []
      : [{ id: merged.get(place) ?? id, isMerged: merged.has(place) }],
  )
}

export function createCallers({ stack, timeline, faults, processes }: Around): Callers {
  const { ids, witness } = stack

  function accept(jobs: readonly AnsweredJob[], began: number): void {
    for (const { id, isMerged } of jobs) {
      witness.accepted.add(id)
      witness.answered(id, began, isMerged)
      if (isMerged) witness.event('merged')
    }
  }

  /** One request, again and again with the same key until there is an answer. */
  async function insist(id: string, change: Change, jobs: readonly string[], fingerprint = 'same'): Promise<void> {
    const began = witness.tick()
    for (let attempt = 0; attempt < patience; attempt++) {
      const ending = await processes.invoke(apiTimeout, request(stack, change, { id, fingerprint }))
      const kind = ending.kind === 'returned' ? ending.value.kind : undefined
      if (kind === 'key-reused') return witness.event('key refused')
      if (ending.kind === 'returned' && isAccepted(kind)) return accept(answerOf(ending.value, change, jobs), began)
      await new Promise<void>((resume) => timeline.after(1_000 * faults.random(), resume))
    }
    witness.event('caller gave up')
  }

  /** What may be wrong with a job, each as often as its share of a hundred. */
  const mishaps: readonly (readonly [share: number, what: Mishap, mishap: () => Partial<Payload>])[] = [
    [3, 'job throws', () => ({ throws: 1 + faults.pick(maxAttempts + 1) })],
    [1, 'job throws', () => ({ permanent: true })],
    [1, 'time limit', () => ({ workMs: 11_000 })],
    [1, 'unwritable change', () => ({ unwritable: true })],
    [0.25, 'job kills its process', () => ({ kills: 1 + faults.pick(maxAttempts + 1) })],
  ]

  function payload(): Payload {
    let dice = faults.random() * 100
    const ordinary = { workMs: 5 + faults.pick(200), ...(faults.pick(10) === 0 && { causes: 1 }) }
    for (const [share, what, mishap] of faults.isOver ? [] : mishaps) {
      dice -= share
      if (dice >= 0) continue
      faults.count(what)
      return { ...ordinary, ...mishap() }
    }
    return ordinary
  }

  function askForOrder(): number {
    const id = ids.fresh()
    const key = faults.pick(5) === 0 ? uniqueKey() : undefined
    const unique = key === undefined ? [] : [job(once, { workMs: 5, key })]
    const jobs = withIds([job(plain, payload()), job(mail, payload()), ...unique], id, ids)
    const jobIds = jobs.map((job) => job.id)
    witness.orders.set(id, jobIds.slice(0, 2))
    if (key !== undefined) witness.askedBy.set(id, key)
    const value = { id, placedAt: new Date(timeline.now()), tags: new Set(['new']), pk: 5n }
    void insist(id, { records: [create(order, value)], jobs }, jobIds)
    return jobs.length
  }

  function askForJob(requested: JobRequest): number {
    const id = ids.fresh()
    void insist(id, { jobs: [{ ...requested, id }] }, [id])
    if (faults.pick(20) === 0) useKeyAgain(id)
    return 1
  }

  /** Jobs of any kind, at any time. */
  function membersOf(count: number): JobRequest[] {
    return Array.from({ length: count }, () => {
      const type = faults.of([plain, plain, plain, mail, limited, unrepeatable, once])
      return job(type, { ...payload(), ...(type === once && { key: uniqueKey() }) }, time())
    })
  }

  /** A batch as a whole, or one that is opened, filled and sealed by requests of their own. */
  function askForBatch(): number {
    const members = membersOf(1 + faults.pick(4))
    if (faults.pick(2) === 0) return askWith({ batches: [batch({ jobs: members, ...callbacks() })] }).count
    const opened = askWith({ batches: [batch({ jobs: members, open: true, ...callbacks() })] })
    const id = ids.derive(opened.id, 'batch', 0)
    const more = Array.from({ length: faults.pick(3) }, () => membersOf(1 + faults.pick(3)))
    void opened.over.then(async () => {
      await Promise.all(more.map((jobs) => askWith({ batches: [addToBatch(id, jobs)] }).over))
      await askWith({ batches: [sealBatch(id)] }).over
    })
    return opened.count + more.flat().length
  }

  /** Asks for a change; its jobs have the ids that follow from it. */
  function askWith(change: Change) {
    const id = ids.fresh()
    const jobs = withIds(jobsOf(change), id, ids).map((one) => one.id)
    return { id, count: jobs.length, over: insist(id, change, jobs) }
  }

  let labels = 0
  const uniqueKey = () => `k${faults.pick(8)}`

  function askForUnique(): number {
    const type = faults.of([once, sole, calm])
    const wanted = { ...payload(), key: uniqueKey(), label: ++labels }
    return askForJob(job(type, wanted, type === calm ? {} : time()))
  }

  /** Another body under the key of a job, at about the same time: its job has another id and another group. */
  function useKeyAgain(id: string): void {
    const rival = jobId(ids.fresh(), 'rivals')
    witness.rivals.set(id, rival)
    const change = { jobs: [{ ...job(step, { ...payload(), group: 'rivals' }), id: rival }] }
    timeline.after(3_000 * faults.random(), () => void insist(id, change, [rival], 'other'))
  }

  /** Now, within SQS's reach, or beyond it. */
  function time(): JobOptions {
    const delay = faults.of([0, 0, 0, 20, 600, 4_000])
    return delay === 0 ? {} : { runAt: new Date(timeline.now() + delay * 1000 * faults.random()) }
  }

  /** One to three jobs of a group in one change, for now or for later; now and then for one time, on a full ten seconds. */
  function askForStep(): number {
    const group = `g${faults.pick(40)}`
    const at = faults.pick(5) === 0 ? { runAt: new Date(Math.ceil(timeline.now() / 10_000) * 10_000) } : undefined
    const jobs = Array.from({ length: faults.of([1, 1, 1, 2, 3]) }, () => ({
      ...job(step, { ...payload(), group }, at ?? timeOfStep()),
      id: jobId(ids.fresh(), group),
    }))
    const jobIds = jobs.map(({ id }) => id)
    void insist(jobIds[0] as string, { jobs }, jobIds)
    return jobs.length
  }

  function timeOfStep(): JobOptions {
    const delay = faults.of([0, 0, 0, 0.3, 3, 30, 200])
    return delay === 0 ? {} : { runAt: new Date(timeline.now() + Math.ceil(delay * 1000 * faults.random())) }
  }

  async function act(action: 'cancel' | 'replay', id: string): Promise<void> {
    if (action === 'replay') {
      witness.outOfTurn.add(id)
      // A replay that dies before its send leaves the job to the reconciler, as designed.
      witness.excused.add(id)
    }
    const ending = await processes.invoke(apiTimeout, actionFunction(stack, action, id))
    if (ending.kind === 'returned') witness.event(`${action}: ${ending.value}`)
  }

  async function edit(id: string): Promise<void> {
    const ending = await processes.invoke(apiTimeout, editFunction(stack, id))
    if (ending.kind !== 'returned') return
    const { value } = ending
    if (typeof value === 'string') witness.accepted.add(value)
    witness.event(`replay with another payload: ${typeof value === 'string' ? 202 : value}`)
  }

  function putBack(lane: SimLane, id: string): void {
    const body = stack.sqs.putBack(lane, id)
    if (body === undefined) return
    const decoded = decodeMessage(body)
    if (decoded.kind === 'envelope') witness.movedBack(decoded.envelope.id)
    faults.count('put back by hand')
  }

  function putBackThose(fits: (deadLetter: SimMessage) => boolean): number {
    const deadLetters = stack.sqs.lanes.flatMap((lane) =>
      lane.deadLetters.messages.filter(fits).map(({ id }) => ({ lane, id })),
    )
    for (const { lane, id } of deadLetters) putBack(lane, id)
    return deadLetters.length
  }

  function isGivenUp({ isMoved, body }: SimMessage): boolean {
    const decoded = decodeMessage(body)
    if (!isMoved || decoded.kind !== 'envelope') return false
    const effect = stack.dynamoDb.item('effects', { pk: decoded.envelope.id })
    return !['succeeded', 'dead', 'cancelled'].includes(String(effect?.state))
  }

  const lastAccepted = () => [...witness.accepted].slice(-50)
  const operations = [
    () => void callers.redriveAll(),
    () => void act('cancel', faults.of(lastAccepted())),
    () => void act('replay', faults.of(lastAccepted())),
    () => void edit(faults.of(lastAccepted())),
    () => {
      const lane = faults.of(stack.sqs.lanes)
      const deadLetters = lane.deadLetters.messages
      if (deadLetters.length > 0) putBack(lane, faults.of(deadLetters).id)
    },
  ]

  const callers: Callers = {
    ask() {
      const dice = faults.pick(10)
      if (dice < 4) return askForOrder()
      if (dice < 6) return askForStep()
      if (dice === 7) return askForJob(job(faults.of([limited, paced]), payload()))
      if (dice === 8) return faults.pick(2) === 0 ? askForBatch() : askForUnique()
      if (dice < 7) return askForJob(job(unrepeatable, { ...payload(), notDone: faults.of([0, 0, 0, 1]) }))
      const causes = faults.of([{}, {}, { asks: uniqueKey() }, { gathers: 1 + faults.pick(3) }])
      return askForJob(job(plain, { ...payload(), ...causes }, time()))
    },
    operate() {
      if (witness.accepted.size > 0) faults.of(operations)()
    },
    askFor(payload, part) {
      let id = ids.fresh()
      while (part !== undefined && partOf(id) !== part) id = ids.fresh()
      void insist(id, { jobs: [{ ...job(plain, payload), id }] }, [id])
      return id
    },
    async redriveAll() {
      await processes.invoke(apiTimeout, redriveFunction(stack))
    },
    putBackAll: () => putBackThose(() => true),
    putBackGivenUp: () => putBackThose(isGivenUp),
  }
  return callers
}
