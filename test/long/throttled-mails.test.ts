/** On a stack of its own: mails that SES throttles. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { apiAt } from '../e2e/support/api.ts'
import { type FaultRule, local } from '../e2e/support/aws.ts'
import { mailsTo } from '../e2e/support/mails.ts'
import { unique } from '../e2e/support/names.ts'
import { jobOf, placeOrder } from '../e2e/support/orders.ts'
import { ownStack } from '../e2e/support/own-stack.ts'
import { allSucceed, ends } from './support/effects.ts'

test('SES that answers Throttling to nine of ten calls for a minute costs no attempt, and leaves no dead letter', async () => {
  await using own = await ownStack()
  const stack = await own.start()
  const api = apiAt(stack.apiUrl)
  const customer = unique('throttled')
  const error = { statusCode: 400, code: 'Throttling' }
  const rule: FaultRule = { service: 'ses', operation: 'SendEmail', match: customer, probability: 0.9, error }
  const faults = '/_localstack/chaos/faults'
  await local('PATCH', faults, [rule], stack.awsUrl)
  const addresses = Array.from({ length: 60 }, (_, n) => `${customer}-${n}@example.com`)
  const orders = await Promise.all(addresses.map((address) => placeOrder(address, api)))
  await sleep(60_000)
  await local('DELETE', faults, [rule], stack.awsUrl)

  const effects = await allSucceed(
    stack.awsUrl,
    orders.map((order) => jobOf(order, 'send-receipt')),
  )
  expect(ends(effects)).toEqual(new Set(['succeeded 1']))
  expect(effects.filter(({ throttledSince }) => throttledSince !== undefined).length).toBeGreaterThan(30)
  for (const address of addresses) expect(await mailsTo(address, stack.awsUrl)).toHaveLength(1)
  const { deadLetters } = (await api.get<{ deadLetters: object[] }>('/dead-letters')).body
  expect(deadLetters).toEqual([])
}, 400_000)
