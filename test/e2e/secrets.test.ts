/** What a thief finds who can read all that the stack stores. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { dynamodb, tableName, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { type Job, jobIs } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { jobOf, placeOrder } from './support/orders.ts'
import { receiver } from './support/receiver.ts'
import { itemsWith } from './support/tables.ts'

interface Webhook {
  readonly id: string
  readonly secret: string
}

async function register(url: string, headers: Record<string, string> = {}): Promise<Webhook & AsyncDisposable> {
  const { status, body } = await api.post<Webhook>('/webhooks', { url, events: ['order.created'] }, headers)
  if (status !== 201) throw new Error(`POST /webhooks answered ${status}: ${JSON.stringify(body)}`)
  return { ...body, [Symbol.asyncDispose]: async () => void (await api.delete(`/webhooks/${body.id}`)) }
}

/** Nothing, if the stack has meanwhile put another file in its place. */
function contentOf(path: string): Buffer[] {
  try {
    return [readFileSync(path)]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

const keyOf = (id: string) => ({ pk: { S: 'webhook' }, sk: { S: id } })

withAws('the secret of a webhook', () => {
  test('lies in no file of the stack, though it was shown, stored, and used to sign', async () => {
    await using shop = await receiver()
    await using hook = await register(shop.url, { 'idempotency-key': unique('secret') })
    const order = await placeOrder()
    await eventually(
      'the order was delivered',
      async () => shop.deliveries.some(({ body }) => body.includes(order.id)),
      (delivered) => delivered,
    )
    // The mark of the request has the same id, and may be found first.
    const record = (await itemsWith('records', hook.id)).find(({ pk }) => pk === 'webhook')
    expect(record).toMatchObject({
      secret: expect.stringMatching(/^kms1:/),
      secretAgain: expect.stringMatching(/^kms1:/),
    })
    const dataDir = process.env.E2E_DATA_DIR
    // Against a stack that somebody else started, its files are not ours to read.
    if (dataDir === undefined) return
    const files = globSync('**/*', { cwd: dataDir, exclude: ['cdk.out/**'], withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => contentOf(join(entry.parentPath, entry.name)))
    const holding = (text: string) => files.filter((content) => content.includes(text)).length
    // The search finds what is there: the address lies in the table, the sealed secret too.
    expect(holding(shop.url)).toBeGreaterThan(0)
    expect(holding(String(record?.secret))).toBeGreaterThan(0)
    expect(holding(hook.secret)).toBe(0)
    expect(holding(hook.secret.replace('whsec_', ''))).toBe(0)
  })

  test('signs for its own webhook only: copied into another record it opens for nobody', async () => {
    await using shop = await receiver()
    await using den = await receiver()
    await using victim = await register(shop.url)
    await using thief = await register(den.url)
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName('records'), Key: keyOf(victim.id) }))
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName('records'),
        Key: keyOf(thief.id),
        UpdateExpression: 'SET secret = :stolen',
        ExpressionAttributeValues: { ':stolen': Item?.secret ?? { S: 'none' } },
      }),
    )
    const order = await placeOrder()
    await jobIs(jobOf(order, 'publish-event'), 'succeeded')
    const dead = await eventually(
      'the delivery to the thief is dead',
      async () => {
        const { body } = await api.get<{ jobs: Job[] }>('/jobs?status=dead&type=deliver-webhook&limit=500')
        return body.jobs.find(({ payload }) => payload.webhookId === thief.id)
      },
      (found) => found !== undefined,
    )
    expect(dead).toMatchObject({
      attempts: 1,
      lastError: expect.stringContaining(`is not that of webhook ${thief.id}`),
    })
    expect(den.deliveries).toEqual([])
  })
})
