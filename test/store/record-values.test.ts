/** What a schema accepts can be written, read, listed, updated and put again, on DynamoDB itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { recordReader } from '../../functions/aws/record-reader.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import {
  create,
  defineRecord,
  put,
  type RecordType,
  type RecordWrite,
  recordWrite,
  update,
} from '../../shared/define/record.ts'
import type { RecordReader } from '../../shared/define/services.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { fieldCases } from '../support/record-schemas.ts'

interface Holder {
  readonly id: string
  readonly value?: unknown
}

let engine: Awaited<ReturnType<typeof startDynamoLocal>>
let store: Store
let reader: RecordReader
beforeAll(async () => {
  engine = await startDynamoLocal()
  store = dynamoStore(engine.documents, tableNames)
  reader = recordReader(engine.documents, tableNames.records)
})
afterAll(() => engine?.stop())

let ids = 0
const fresh = () => `i${++ids}`

function holderOf(value: z.ZodType): RecordType<Holder, { id: string }> {
  return defineRecord({
    name: 'holder',
    schema: z.object({ id: z.string(), value }) as unknown as z.ZodType<Holder>,
    key: ({ id }: { id: string }) => ({ pk: `holder#${id}`, sk: 'holder' }),
    listed: ({ id }) => `holders#${id}`,
  })
}

const commit = (write: RecordWrite) => store.transact([recordWrite(write)], `token-${fresh()}`)

/** A record as both ways of reading give it. */
async function readBothWays(record: RecordType<Holder, { id: string }>, id: string): Promise<Holder | undefined> {
  const one = await reader.get(record, { id })
  const { values } = await reader.list(record, { listed: `holders#${id}`, limit: 10 })
  expect(values).toEqual([one])
  return one
}

const cases = Object.entries(fieldCases).flatMap(([name, { schema, values, repeats = true }]) =>
  values.map(([written, ...read], index) => ({
    name: `${name}, value ${index}`,
    schema,
    written,
    read: read.length > 0 ? read[0] : written,
    repeats,
  })),
)

describe('a field', () => {
  it.each(cases)('of $name comes back as it was written', async ({ schema, written, read, repeats }) => {
    const record = holderOf(schema)
    const id = fresh()
    expect(await commit(create(record, { id, value: written }))).toEqual({ kind: 'written' })
    const first = await readBothWays(record, id)
    expect(first).toEqual({ id, value: read })
    if (written !== undefined) {
      expect(await commit(update(record, { id }, { set: { value: written } }))).toEqual({ kind: 'written' })
      expect(await readBothWays(record, id)).toEqual(first)
      const other = fresh()
      expect(await commit(update(record, { id: other }, { set: { value: written } }))).toEqual({ kind: 'written' })
      expect(await readBothWays(record, other)).toEqual({ id: other, value: read })
    }
    if (!repeats) return
    await commit(put(record, first as Holder))
    expect(await readBothWays(record, id)).toEqual(first)
  })
})
