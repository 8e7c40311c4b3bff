import { expect, onTestFinished, test } from 'vitest'
import { type Api, apiAt } from './support/api.ts'
import { jobIs, jobsAre } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { jobOf, newOrder, type Order, placeOrder } from './support/orders.ts'
import { ownStack } from './support/own-stack.ts'

const orders = 100

/** Posts orders, ten at a time; `enough` is called when so many are accepted. Those that get no answer are left out. */
async function postUntilKilled(api: Api, accepted: Order[], enough: () => void): Promise<void> {
  let next = 0
  const poster = async () => {
    while (next++ < orders) {
      const answer = await api.post<Order>('/orders', newOrder(address('kill'))).catch(() => undefined)
      if (answer?.status === 201) accepted.push(answer.body)
      if (accepted.length >= orders / 3) enough()
    }
  }
  await Promise.all(Array.from({ length: 10 }, poster))
}

test('kill -9 of the whole stack while orders are posted: every 201 gets its receipt after the next start', async () => {
  const stack = await ownStack({ shortVisibility: true, startsAgain: true })
  onTestFinished(() => stack[Symbol.asyncDispose]())
  const first = await stack.start()
  const accepted: Order[] = [await placeOrder(address('kill'), apiAt(first.apiUrl))]
  // From now on its functions are warm.
  await jobIs(jobOf(accepted[0] as Order, 'send-receipt'), 'succeeded', {}, apiAt(first.apiUrl))
  let killed: Promise<void> | undefined
  await postUntilKilled(apiAt(first.apiUrl), accepted, () => {
    killed ??= first.kill()
  })
  await killed
  expect(killed).toBeDefined()
  // It was killed in the middle.
  expect(accepted.length).toBeLessThan(orders)

  const second = await stack.start()
  const api = apiAt(second.apiUrl)
  for (const order of accepted) expect((await api.get(`/orders/${order.id}`)).body).toEqual(order)
  // What a process had in hand comes back when its lease is over; what was only on its way to one, when the queue's
  // visibility timeout is.
  const receipts = accepted.map((order) => jobOf(order, 'send-receipt'))
  await jobsAre(receipts, 'succeeded', { within: 110_000 }, api)
  for (const { email, id } of accepted) {
    const mails = await mailsTo(email, second.awsUrl)
    expect(mails.length, `mails for order ${id}`).toBeGreaterThanOrEqual(1)
  }
}, 180_000)
