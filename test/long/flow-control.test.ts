/**
 * On a stack of its own: a rate limit of 20 starts a second under a backlog, at rest and while consumers are killed; and mails
 * that SES throttles.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StackProcess } from '../../local/run-stack.ts'
import { type Api, apiAt } from '../e2e/support/api.ts'
import { type FaultRule, local } from '../e2e/support/aws.ts'
import { eventually } from '../e2e/support/eventually.ts'
import { postBatch, probeJob } from '../e2e/support/jobs.ts'
import { mailsTo } from '../e2e/support/mails.ts'
import { unique } from '../e2e/support/names.ts'
import { jobOf, placeOrder } from '../e2e/support/orders.ts'
import { type OwnStack, ownStack } from '../e2e/support/own-stack.ts'
import { type Item, readTable } from '../harness/chaos/tables.ts'
import { most } from '../support/most.ts'

/** Of the sample's `probe`. */
const limit = 20
const burst = 4

let own: OwnStack
let stack: StackProcess
let api: Api
beforeAll(async () => {
  own = await ownStack()
  stack = await own.start()
  api = apiAt(stack.apiUrl)
}, 300_000)
afterAll(() => own?.[Symbol.asyncDispose]())

/** Asks for probes of one limit, a hundred in a request. @returns their ids */
async function ask(key: string, count: number, workMs = 0): Promise<string[]> {
  const requests = Array.from({ length: Math.ceil(count / 100) }, (_, n) =>
    Array.from({ length: Math.min(100, count - n * 100) }, (_, i) =>
      probeJob({ key, label: String(n * 100 + i), limit: key, workMs }),
    ),
  )
  return (await Promise.all(requests.map((jobs) => postBatch(jobs, api)))).flat()
}

/** The effects of some jobs. */
async function effectsOf(ids: readonly string[]): Promise<Item[]> {
  const wanted = new Set(ids)
  return (await readTable(stack.awsUrl, 'effects')).filter(({ pk }) => wanted.has(String(pk)))
}
const hasSucceeded = ({ state }: Item) => state === 'succeeded'
const times = (effects: readonly Item[], name: 'startedAt' | 'finishedAt') =>
  effects.map((effect) => Date.parse(String(effect[name])))
/** How the jobs ended, each way once. */
const ends = (effects: readonly Item[]) => new Set(effects.map(({ state, attempts }) => `${state} ${attempts}`))

const allSucceed = (ids: readonly string[]) =>
  eventually(
    `${ids.length} jobs succeeded`,
    () => effectsOf(ids),
    (effects) => effects.filter(hasSucceeded).length === ids.length,
    { within: 200_000, every: 1_000 },
  )

describe('a backlog of a rate limit of 20 starts a second', () => {
  test('never starts too many in a second, is done in time, and does not hold up another key', async () => {
    const ids = await ask('backlog', 1_000)
    const others = await ask('other', 20)
    const ofOther = await allSucceed(others)
    const effects = await allSucceed(ids)
    const started = times(effects, 'startedAt')
    const first = Math.min(...started)
    expect(most(started, 1_000)).toBeLessThanOrEqual(limit + burst)
    expect(ends(effects)).toEqual(new Set(['succeeded 1']))
    const ideal = (ids.length / limit) * 1_000
    expect(Math.max(...times(effects, 'finishedAt')) - first).toBeLessThanOrEqual(1.15 * ideal)
    expect(Math.max(...times(ofOther, 'finishedAt')) - first).toBeLessThan(ideal / 5)
  }, 300_000)

  test('never starts too many in a second while consumers are killed, and loses no job', async () => {
    const ids = await ask('killed', 400, 200)
    const begun = new Map<string, number>()
    let kills = 0
    // An attempt that is killed keeps its start until its lease is over, long after the next reading.
    for (let effects: Item[] = []; effects.filter(hasSucceeded).length < ids.length; await sleep(500)) {
      if (kills < 12 && effects.some(({ state }) => state === 'running')) {
        const path = '/_local/functions/OutboxRelay-local-consume-default/kill'
        kills += (await local<{ killed: number }>('POST', path, undefined, stack.awsUrl)).killed > 0 ? 1 : 0
      }
      effects = await effectsOf(ids)
      for (const { pk, startedAt } of effects) begun.set(`${pk} ${startedAt}`, Date.parse(String(startedAt)))
    }
    expect(kills).toBe(12)
    expect(begun.size).toBeGreaterThan(ids.length)
    expect(most([...begun.values()], 1_000)).toBeLessThanOrEqual(limit + burst)
    const { count, labels } = (await api.get<{ count: number; labels: string[] }>('/probes/killed')).body
    expect([count, new Set(labels).size]).toEqual([ids.length, ids.length])
  }, 400_000)
})

describe('SES that answers Throttling to nine of ten calls for a minute', () => {
  test('costs no attempt, and leaves no dead letter', async () => {
    const customer = unique('throttled')
    const error = { statusCode: 400, code: 'Throttling' }
    const rule: FaultRule = { service: 'ses', operation: 'SendEmail', match: customer, probability: 0.9, error }
    const faults = '/_localstack/chaos/faults'
    await local('PATCH', faults, [rule], stack.awsUrl)
    const addresses = Array.from({ length: 60 }, (_, n) => `${customer}-${n}@example.com`)
    const orders = await Promise.all(addresses.map((address) => placeOrder(address, api)))
    await sleep(60_000)
    await local('DELETE', faults, [rule], stack.awsUrl)

    const effects = await allSucceed(orders.map((order) => jobOf(order, 'send-receipt')))
    expect(ends(effects)).toEqual(new Set(['succeeded 1']))
    expect(effects.filter(({ throttledSince }) => throttledSince !== undefined).length).toBeGreaterThan(30)
    for (const address of addresses) expect(await mailsTo(address, stack.awsUrl)).toHaveLength(1)
    const { deadLetters } = (await api.get<{ deadLetters: object[] }>('/dead-letters')).body
    expect(deadLetters).toEqual([])
  }, 300_000)
})
