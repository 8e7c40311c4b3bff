/** The document client, as the adapters use it: what goes over the wire, and what comes back from there. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentClient } from '../../functions/aws/document-client.ts'
import { dynamoStore, transactItem } from '../../functions/aws/store.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { request } from '../../shared/define/job.ts'
import { storedValue } from '../../shared/define/record/stored-value.ts'
import { appWith, jobType } from '../support/app.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const tables = { records: 'r', outbox: 'o', effects: 'e' }

/** A client whose requests are kept, and answered in turn; the last answer stays. */
function wire(...answers: readonly { readonly status?: number; readonly body: unknown }[]) {
  const bodies: string[] = []
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (asked: { body: Uint8Array }) => {
        bodies.push(new TextDecoder().decode(asked.body))
        const { status = 200, body } = answers[Math.min(bodies.length, answers.length) - 1] ?? { body: {} }
        const headers = { 'content-type': 'application/x-amz-json-1.0' }
        return { response: { statusCode: status, headers, body: Buffer.from(JSON.stringify(body)) } as never }
      },
    },
  })
  return { client, bodies, last: () => JSON.parse(bodies.at(-1) ?? '{}') }
}

const put = (item: object) => ({ op: 'put', table: 'records', item: { pk: 'a', sk: 'a', ...item } }) as const
const absent = { text: 'attribute_not_exists(pk)' }

/** The item that goes over the wire. */
async function sent(item: object) {
  const { client, last } = wire()
  await dynamoStore(documentClient(client), tables).write(put(item))
  const { pk, sk, ...attributes } = last().Item
  return attributes
}

/** The item that is read when this one lies in the table. */
async function read(attributes: object) {
  const { client } = wire({ body: { Item: attributes } })
  return dynamoStore(documentClient(client), tables).get('records', { pk: 'a', sk: 'a' })
}

describe('a value', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', 'length', 'S'))
  const anything = fc.anything({
    key: name,
    ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true },
    withTypedArray: true,
  })

  const refused = Symbol('refused')
  const accepted = anything.map(acceptedOf).filter((value) => value !== refused && value !== undefined)

  function acceptedOf(value: unknown): unknown {
    try {
      return storedValue(value, () => {
        throw refused
      })
    } catch (error) {
      if (error === refused) return refused
      throw error
    }
  }

  it('that the core accepts is written, and read as it was accepted', async () => {
    await fc.assert(
      fc.asyncProperty(accepted, async (stored) => {
        expect(await read(await sent({ stored }))).toEqual({ stored: withoutNegativeZero(stored) })
      }),
      { numRuns: 300 },
    )
  })

  it('that is undefined is left out, at every depth; empty texts, lists and maps stay', async () => {
    expect(await sent({ u: undefined, m: { u: undefined, l: [] }, t: '', n: null })).toEqual({
      m: { M: { l: { L: [] } } },
      t: { S: '' },
      n: { NULL: true },
    })
  })

  it('that is a number keeps all its digits, or is refused', async () => {
    const n = -12345678901234567890123456789012345678n
    expect(await sent({ n, zero: -0, small: 1e-130 })).toEqual({
      n: { N: String(n) },
      zero: { N: '0' },
      small: { N: '1e-130' },
    })
    await expect(sent({ n: 2 ** 53 })).rejects.toThrow(/greater than Number.MAX_SAFE_INTEGER/)
    expect(await read({ n: { N: String(n) }, s: { NS: [String(n), '1.5'] }, f: { N: '1.5E+20' } })).toEqual({
      n,
      s: new Set([n, 1.5]),
      f: 1.5e20,
    })
  })
})

describe('an item that a condition met', () => {
  const item = { pk: { S: 'a' }, n: { N: '12345678901234567890' }, b: { B: 'AQ==' } }
  const met = { pk: 'a', n: 12345678901234567890n, b: new Uint8Array([1]) }
  const failed = (name: string, more: object) => ({
    status: 400,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...more },
  })

  it('of one write is plain', async () => {
    const { client } = wire(failed('ConditionalCheckFailedException', { Item: item }))
    const result = await dynamoStore(documentClient(client), tables).write({ ...put({}), condition: absent })
    expect(result).toEqual({ kind: 'refused', met })
  })

  it('of a transaction is plain', async () => {
    const CancellationReasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: item }]
    const { client } = wire(failed('TransactionCanceledException', { CancellationReasons }))
    const store = dynamoStore(documentClient(client), tables)
    const writes = [put({}), { ...put({ sk: 'b' }), condition: absent }]
    expect(await store.transact(writes, 'token')).toEqual({ kind: 'refused', met: [undefined, met] })
  })
})

describe('items() of the client', () => {
  const clock = simClock()
  const registry = appWith()
  const jobs = [
    request(jobType(registry, 'work'), { label: '' }, { runAt: new Date(clock.now().getTime() + 3_600_000) }),
  ]

  function connected() {
    const { client, last } = wire()
    const outbox = outboxOn({
      ...{ store: dynamoStore(documentClient(client), tables), records: undefined as never, clock, registry },
      ...{ ids: simIds(), outboxLifetime: 60, itemOf: (write) => transactItem(tables, write) },
    })
    return { outbox, client, last }
  }

  it.each([{}, { marshallOptions: { removeUndefinedValues: true } }])(
    'fit a TransactWriteCommand of any document client (%j), and send what a commit sends',
    async (options) => {
      const [own, commits] = [connected(), connected()]
      const { items } = own.outbox.items(jobs)
      await DynamoDBDocumentClient.from(own.client, options).send(new TransactWriteCommand({ TransactItems: items }))
      await commits.outbox.commit({ jobs })
      expect(own.last().TransactItems).toHaveLength(1)
      expect(withoutIds(own.last().TransactItems)).toEqual(withoutIds(commits.last().TransactItems))
    },
  )
})

function withoutIds(items: { Put: { Item: object } }[]) {
  return items.map(({ Put }) => ({ ...Put, Item: { ...Put.Item, pk: '', sk: '', id: '', due: '' } }))
}

/** DynamoDB has none. */
function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === 'number') return value + 0
  if (Array.isArray(value)) return value.map(withoutNegativeZero)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutNegativeZero(part)]))
}
