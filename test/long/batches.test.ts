/**
 * On a stack of its own: batches under faults of the tables and the queues, while consumers are killed. Each causes its callback
 * once, after its last member, with the right counts. BATCHES and MEMBERS make it larger.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Batch } from '../../functions/api/routes/batches/schemas.ts'
import type { StackProcess } from '../../local/run-stack.ts'
import { type Api, apiAt } from '../e2e/support/api.ts'
import { local } from '../e2e/support/aws.ts'
import { eventually } from '../e2e/support/eventually.ts'
import { probeJob } from '../e2e/support/jobs.ts'
import { type OwnStack, ownStack } from '../e2e/support/own-stack.ts'
import { readTable } from '../harness/chaos/tables.ts'
import { seeded } from '../support/random.ts'

const count = Number(process.env.BATCHES ?? 4)
const members = Number(process.env.MEMBERS ?? 60)
const random = seeded(77)

let own: OwnStack
let stack: StackProcess
let api: Api
beforeAll(async () => {
  own = await ownStack({ byChance: true, shortVisibility: true })
  stack = await own.start()
  api = apiAt(stack.apiUrl)
}, 300_000)
afterAll(() => own?.[Symbol.asyncDispose]())

const faults = [
  { service: 'dynamodb', probability: 0.03, error: { statusCode: 500, code: 'InternalServerError' } },
  { service: 'dynamodb', probability: 0.03, error: { statusCode: 400, code: 'ThrottlingException' } },
  { service: 'sqs', probability: 0.03, error: { statusCode: 500, code: 'InternalFailure' } },
]

/** The caller asks again with the same key until it has an answer. */
async function insist<T>(path: string, body: object): Promise<T> {
  const headers = { 'idempotency-key': `${path} ${JSON.stringify(body).length} ${random()}` }
  for (;;) {
    const { status, body: answer } = await api.post<T>(path, body, headers)
    if (status < 300 || (path.endsWith('/seal') && status === 409)) return answer
    if (status < 500) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(answer)}`)
    await sleep(50)
  }
}

/** Of ten members, seven succeed at once, two at their second attempt, and one dies until it is redriven. */
function member(n: number) {
  const kind = n % 10
  return probeJob({ key: 'member', ...(kind === 8 && { failAttempts: 6 }), ...(kind > 8 && { failAttempts: 1 }) })
}

async function fill(n: number): Promise<string> {
  const callback = (event: string) => probeJob({ key: `batch-${n}-${event}` })
  const { id } = await insist<{ id: string }>('/batches', {
    open: true,
    onFinished: callback('finished'),
    onSucceeded: callback('succeeded'),
  })
  for (let added = 0; added < members; added += 100) {
    const jobs = Array.from({ length: Math.min(100, members - added) }, (_, i) => member(added + i))
    await insist(`/batches/${id}/jobs`, { jobs })
  }
  await insist(`/batches/${id}/seal`, {})
  return id
}

const countsOf = async (n: number, event: string) =>
  (await api.get<{ labels: string[] }>(`/probes/batch-${n}-${event}`)).body.labels.map((label) => JSON.parse(label))

/** When each member of a batch ended last, and when its callback was written, in ms since the epoch. */
async function timesOf(id: string) {
  const items = await readTable(stack.awsUrl, 'outbox')
  const ids = new Set(items.flatMap(({ id: job, batch }) => ((batch as { id?: string })?.id === id ? [job] : [])))
  const ended = (await readTable(stack.awsUrl, 'effects')).filter(({ pk }) => ids.has(pk))
  const ends = ended.map(({ finishedAt }) => Date.parse(String(finishedAt)))
  return { members: ids.size, last: Math.max(...ends), succeeded: ended.filter(({ state }) => state === 'succeeded') }
}

async function allAre(ids: readonly string[], wanted: string): Promise<void> {
  for (const id of ids)
    await eventually(
      `batch ${id} is ${wanted}`,
      async () => (await api.get<Batch>(`/batches/${id}`)).body,
      ({ status }) => status === wanted,
      { within: 400_000, every: 500 },
    )
}

/** So many, and then they are left alone: each kill takes attempts of a whole batch of messages. */
const mostKills = 8

async function killConsumers(isOver: () => boolean): Promise<number> {
  let kills = 0
  while (!isOver() && kills < mostKills) {
    await sleep(2_000)
    const path = '/_local/functions/OutboxRelay-local-consume-default/kill'
    kills += (await local<{ killed: number }>('POST', path, undefined, stack.awsUrl)).killed
  }
  return kills
}

test('each of many batches causes its callback once, whatever happens to its members', async () => {
  let isFinished = false
  await local('POST', '/_localstack/chaos/faults', faults, stack.awsUrl)
  const killed = killConsumers(() => isFinished)
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push(await fill(n))
  await allAre(ids, 'finished')
  isFinished = true
  expect(await killed).toBeGreaterThan(0)
  await local('DELETE', '/_localstack/chaos/faults', faults, stack.awsUrl)
  const dead = Math.floor((members + 1) / 10)
  for (const [n, id] of ids.entries()) {
    const total = { id, total: members }
    await eventually(
      'the callback has run',
      () => countsOf(n, 'finished'),
      (found) => found.length > 0,
    )
    const [counts, ...more] = await countsOf(n, 'finished')
    expect(more).toEqual([])
    // A consumer that is killed takes attempts: some member more may be dead.
    expect(counts).toMatchObject(total)
    expect(counts.dead).toBeGreaterThanOrEqual(dead)
    expect(counts.succeeded + counts.dead).toBe(members)
    const { finishedAt = '' } = (await api.get<Batch>(`/batches/${id}`)).body
    const times = await timesOf(id)
    expect(times.members).toBe(members)
    expect(times.succeeded.length).toBe(counts.succeeded)
    expect(times.last).toBeLessThanOrEqual(Date.parse(finishedAt))
  }
  for (let complete = false; !complete; )
    complete = (await api.post<{ complete: boolean }>('/dead-letters/redrive', { all: true })).body.complete
  await allAre(ids, 'succeeded')
  for (const n of ids.keys()) {
    await eventually(
      'the callback has run',
      () => countsOf(n, 'succeeded'),
      (found) => found.length > 0,
    )
    expect(await countsOf(n, 'succeeded')).toMatchObject([{ total: members, succeeded: members, dead: 0 }])
    expect(await countsOf(n, 'finished')).toHaveLength(1)
  }
}, 1_200_000)
