import { expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { breakDown, type FaultRule, fix, withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { newOrder, placeOrder } from './support/orders.ts'
import { itemsWith } from './support/tables.ts'

withAws('while DynamoDB throttles', () => {
  test('an order is 503 with Retry-After and leaves nothing; the same request succeeds when it is over', async () => {
    const email = address('throttled')
    const rule: FaultRule = {
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      match: email,
      error: { statusCode: 400, code: 'ThrottlingException' },
    }
    const headers = { 'idempotency-key': email }
    await breakDown(rule)
    try {
      const refused = await api.post<Problem>('/orders', newOrder(email), headers)
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused.body.title).toBe('Service Unavailable')
      expect(await itemsWith('records', email)).toEqual([])
      expect(await itemsWith('outbox', email)).toEqual([])
      await placeOrder()
    } finally {
      await fix(rule)
    }
    expect((await api.post('/orders', newOrder(email), headers)).status).toBe(201)
    await eventually(
      'its mail',
      () => mailsTo(email),
      (mails) => mails.length === 1,
    )
  })
})
