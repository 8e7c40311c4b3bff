/** "Nothing was written" is said only where that is so: what follows when an answer of DynamoDB is lost. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../functions/api/result-answer.ts'
import { documentClient } from '../../functions/aws/document-client.ts'
import { mayBeDone } from '../../functions/aws/faults.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { request } from '../../shared/define/job.ts'
import { create, update } from '../../shared/define/record.ts'
import type { Store, TransactionResult } from '../../shared/lib/ports.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { appWith, counter, jobType } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const jobs = [request(jobType(registry, 'work'), { label: 'a' })]
const records = [create(counter, { name: 'a', count: 0, labels: [] })]
const lost: TransactionResult = { kind: 'busy', reason: 'TimeoutError', mayBeWritten: true }
const conflict: TransactionResult = { kind: 'busy', reason: 'TransactionConflict' }
let clock: SimClock
let store: MemoryStore
const ids = simIds()
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
})

/** @param isWritten whether the request reaches the table, of which no answer comes back */
function losing(isWritten: boolean, answers: (n: number) => TransactionResult = () => lost): Store {
  let count = 0
  return {
    ...store,
    async transact(writes, token) {
      if (isWritten) await store.transact(writes, token)
      return answers(count++)
    },
  }
}

const send = (through: Store, change: Change, fingerprint?: string) =>
  commitRequest(
    { store: through, clock, ids, registry, outboxLifetime: 100 },
    { id: ids.fresh(), fingerprint, now: clock.now() },
    change,
  )

const changes: readonly (readonly [string, Change])[] = [
  ['jobs', { jobs }],
  ['a record', { records }],
  ['a record and jobs', { records, jobs }],
  ['an update and jobs', { records: [update(counter, { name: 'a' }, { add: { count: 1 } })], jobs }],
]

describe.each(changes)('a change of %s of which no answer came', (_, change) => {
  it.each([undefined, 'f'])('is committed if it is there, with the fingerprint %s', async (fingerprint) => {
    expect(await send(losing(true), change, fingerprint)).toMatchObject({ kind: 'committed' })
  })

  it.each([undefined, 'f'])('is unknown if it is not there, with the fingerprint %s', async (fingerprint) => {
    expect(await send(losing(false), change, fingerprint)).toEqual({ kind: 'unknown', reason: 'TimeoutError' })
  })

  it('is unknown if a later try is refused for sure', async () => {
    const result = await send(
      losing(false, (n) => (n === 0 ? lost : conflict)),
      change,
    )
    expect(result).toEqual({ kind: 'unknown', reason: 'TransactionConflict' })
  })

  it('is unknown if the tables cannot be asked', async () => {
    const get = () => Promise.reject(new Error('not now'))
    expect(await send({ ...losing(true), get }, change)).toMatchObject({ kind: 'unknown' })
  })

  it('is busy if all tries were refused for sure', async () => {
    expect(
      await send(
        losing(false, () => conflict),
        change,
      ),
    ).toEqual({ kind: 'busy', reason: 'TransactionConflict' })
    expect([...store.items('records'), ...store.items('outbox')]).toEqual([])
  })
})

it('a change that only updates records cannot be looked for, and is unknown', async () => {
  const change = { records: [update(counter, { name: 'a' }, { add: { count: 1 } })] }
  expect(await send(losing(true), change)).toMatchObject({ kind: 'unknown' })
  expect(await send(losing(true), change, 'f')).toMatchObject({ kind: 'committed' })
})

it('the record of another is not taken for what was sent', async () => {
  await send(store, { records: [create(counter, { name: 'a', count: 7, labels: [] })] })
  expect(await send(losing(false), { records })).toMatchObject({ kind: 'unknown' })
})

it('commit() of the client says so, and the API asks for a repetition with the same key', async () => {
  const rest = { records: undefined as never, clock, ids, registry, outboxLifetime: 100, itemOf: undefined as never }
  const outbox = outboxOn({ ...rest, store: losing(false) })
  expect(await outbox.commit({ jobs })).toEqual({ kind: 'unknown', reason: 'TimeoutError' })
  expect(refusal({ kind: 'unknown', reason: 'TimeoutError' }, '')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '2' },
    body: { detail: expect.stringMatching(/may have been carried out.*same Idempotency-Key/) },
  })
})

describe('an error of DynamoDB', () => {
  const error = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more })
  it.each([
    ['TimeoutError', true],
    ['AbortError', true],
    ['InternalServerError', true],
    ['ServiceUnavailable', true],
    ['TransactionInProgressException', true],
    ['ThrottlingException', false],
    ['ProvisionedThroughputExceededException', false],
    ['RequestLimitExceeded', false],
    ['TransactionConflictException', false],
    ['ValidationException', false],
  ])('%s leaves open whether it was written: %s', (name, isOpen) => {
    expect(mayBeDone(error(name))).toBe(isOpen)
  })

  it('on the way is lost after the connection stood, and refused before', () => {
    expect(mayBeDone(error('Error', { code: 'ECONNRESET' }))).toBe(true)
    expect(mayBeDone(error('Error', { code: 'EPIPE' }))).toBe(true)
    expect(mayBeDone(error('Error', { code: 'ECONNREFUSED' }))).toBe(false)
    expect(mayBeDone(error('Odd', { $metadata: { httpStatusCode: 502 } }))).toBe(true)
  })
})

describe('the tries of the SDK itself', () => {
  /** Answers each try in turn: with a status and the name of an error, or by breaking the connection. */
  function through(...answers: readonly (readonly [number, string] | 'broken')[]): Store {
    let n = 0
    const client = new DynamoDBClient({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
      maxAttempts: answers.length,
      requestHandler: {
        handle: async () => {
          const answer = answers[n++] ?? 'broken'
          if (answer === 'broken') throw Object.assign(new Error('reset'), { code: 'ECONNRESET', name: 'TimeoutError' })
          const [statusCode, name] = answer
          const headers = { 'content-type': 'application/x-amz-json-1.0' }
          const body = Buffer.from(
            JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }),
          )
          return { response: { statusCode, headers, body } as never }
        },
      },
    })
    return dynamoStore(documentClient(client), { records: 'r', outbox: 'o', effects: 'e' })
  }
  const throttled = [400, 'ThrottlingException'] as const
  const failed = [500, 'InternalServerError'] as const
  const write = { op: 'put', table: 'records', item: { pk: 'a', sk: 'a' } } as const

  it.each([
    ['a lost one before a throttled one', ['broken', throttled], true],
    ['a failed one before a throttled one', [failed, throttled], true],
    ['a throttled one before a lost one', [throttled, 'broken'], true],
    ['throttled ones alone', [throttled, throttled], false],
  ] as const)('%s', async (_, answers, mayBeWritten) => {
    const result = await through(...answers).transact([write], 'token')
    expect(result).toMatchObject({ kind: 'busy' })
    expect('mayBeWritten' in result ? result.mayBeWritten : undefined).toBe(mayBeWritten)
  })
})
