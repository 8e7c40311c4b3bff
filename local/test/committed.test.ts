import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDynamoDb } from '../engines/dynamodb.ts'
import { committedOnly } from '../gateway/committed.ts'
import { connectEngine } from '../gateway/engine.ts'
import { dataRoot } from './support/data-root.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(dataRoot(), 'outbox-committed-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const tables = ['one', 'two'].map((name) => `table-${name}`)
const start = () => startDynamoDb({ dataDir, log: () => {} })

/** Transactions over both tables, several at a time, until the engine is killed at an answer; returns what was answered. */
async function writeUntilKilled(round: number): Promise<string[]> {
  const engine = await start()
  const connection = connectEngine(engine, 'dynamodb', 'us-east-1')
  const call = committedOnly(connection)
  for (const TableName of round === 0 ? tables : []) {
    const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' }]
    const AttributeDefinitions = [{ AttributeName: 'pk', AttributeType: 'S' }]
    await call(
      'CreateTable',
      JSON.stringify({ TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' }),
    )
  }
  const answered: string[] = []
  const write = async (pk: string) => {
    const TransactItems = tables.map((TableName) => ({ Put: { TableName, Item: { pk: { S: pk } } } }))
    const answer = await call('TransactWriteItems', JSON.stringify({ TransactItems })).catch(() => undefined)
    // Once: the answers that are still under way find it killed.
    if (answer?.status === 200 && answered.push(pk) === 40) process.kill(engine.pid, 'SIGKILL')
  }
  const writer = async (name: number) => {
    for (let n = 0; answered.length < 40; n++) await write(`${round}-${name}-${n}`)
  }
  await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))
  await engine.exited
  connection.close()
  return answered
}

test('a transaction that was answered survives kill -9 of the engine at that moment', async () => {
  const answered: string[] = []
  for (const round of [0, 1, 2]) answered.push(...(await writeUntilKilled(round)))
  const engine = await start()
  const connection = connectEngine(engine, 'dynamodb', 'us-east-1')
  for (const TableName of tables) {
    const { body } = await connection('Scan', JSON.stringify({ TableName }))
    const found: string[] = JSON.parse(body).Items.map((item: { pk: { S: string } }) => item.pk.S)
    expect(answered.filter((pk) => !found.includes(pk))).toEqual([])
  }
  connection.close()
  await engine.stop()
})
