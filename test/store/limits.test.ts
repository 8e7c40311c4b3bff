/** The largest things, on the real engines: an item of 400 KB, and all the stream records that one invocation may bring. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { dynamoStore } from '../../functions/aws/store.ts'
import { functionOf, startFunctions } from '../../local/test/support/functions.ts'
import { env } from '../../shared/lib/names.ts'
import { itemSize, transactionProblem, type Write, writeLimits } from '../../shared/lib/write.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'

test('an item of 400 KB is written, and one byte more is refused before DynamoDB would', async () => {
  const engine = await startDynamoLocal()
  onTestFinished(() => engine.stop())
  const itemOf = (bytes: number) => {
    const rest = { pk: 'p', sk: 's', list: ['é', 1, true, null], map: { a: '😀' }, text: '' }
    return { ...rest, text: 'x'.repeat(bytes - itemSize(rest)) }
  }
  const put = (bytes: number): Write => ({ op: 'put', table: 'records', item: itemOf(bytes) })
  const [largest, larger] = [put(writeLimits.itemBytes), put(writeLimits.itemBytes + 1)]
  expect(transactionProblem([largest])).toBeUndefined()
  expect(await dynamoStore(engine.documents, tableNames).transact([largest], 'token')).toEqual({ kind: 'written' })

  expect(transactionProblem([larger])).toMatch(/has 409601 bytes, an item at most 409600/)
  const Item = marshall(itemOf(writeLimits.itemBytes + 1))
  const refused = engine.client.send(new PutItemCommand({ TableName: tableNames.records, Item }))
  await expect(refused).rejects.toThrow('Item size has exceeded the maximum allowed size')
})

/** Lambda's limits of one invocation from a stream. */
const [mostRecords, mostBytes] = [10_000, 6 * 1024 * 1024]

test('a relay that gets 10,000 records at once forwards them all, within its time and memory', async () => {
  const sqs = await sqsThatAnswersIn(20)
  const functions = startFunctions([await relay(`${sqs.url}/000000000000/jobs`)], { gatewayUrl: sqs.url })
  const event = { Records: Array.from({ length: mostRecords }, (_, i) => record(i)) }
  expect(JSON.stringify(event).length).toBeLessThan(mostBytes)
  const result = await functions.invoke('relay', event)
  expect(result).toMatchObject({ ok: true, payload: { batchItemFailures: [] } })
  expect(sqs.sent.size).toBe(mostRecords)
}, 120_000)

/** SQS as far as the relay sees it, as fast as it answers on AWS, ms. The real engine would be what is measured. */
async function sqsThatAnswersIn(ms: number) {
  const sent = new Set<string>()
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await text(request)) as { Entries: { Id: string; MessageBody: string }[] }
    for (const { MessageBody } of Entries) sent.add(MessageBody)
    await setTimeout(ms)
    const md5 = (body: string) => createHash('md5').update(body).digest('hex')
    const Successful = Entries.map(({ Id, MessageBody }) => ({ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) }))
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify({ Successful, Failed: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent }
}

/** The relay as it is deployed: bundled, with the time and memory that infra/lanes/relay.ts gives it. */
async function relay(queueUrl: string) {
  const environment = {
    [env.lanes]: JSON.stringify({ standard: ['default'] }),
    [env.queueUrl]: queueUrl,
    POWERTOOLS_SERVICE_NAME: 'test',
    [env.relayFailuresUrl]: queueUrl,
  }
  const fn = functionOf('relay', '', { environment, timeoutSeconds: 60, memoryMb: 512 })
  const outfile = `${fn.codeDir}/index.mjs`
  const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` }
  await build({
    entryPoints: ['functions/relay/lambda.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner,
  })
  return fn
}

function record(n: number) {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  const item = {
    pk: id,
    sk: id,
    v: 1,
    id,
    type: 'probe',
    version: 1,
    payload: '{"key":"k"}',
    lane: 'default',
    hops: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: 2_000_000_000,
  }
  return { eventName: 'INSERT', dynamodb: { SequenceNumber: String(n), NewImage: marshall(item) } }
}
