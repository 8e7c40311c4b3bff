import type { RecordReader } from 'outbox-relay'
import * as z from 'zod'
import { order, orderLists } from '../records/order.ts'

/** The number of orders, and their sum per currency in minor units. */
export const orderTotals = z.object({
  orders: z.int(),
  totals: z.array(z.object({ currency: z.string(), orders: z.int(), total: z.int() })),
})

/**
 * Adds up the orders of some days. It reads a page at a time, so that its memory does not grow with the orders. The index may
 * lag behind by a second, so the last orders of a day that is not over may be missing.
 */
export async function totalsOf(
  records: RecordReader,
  days: readonly string[],
  signal: AbortSignal,
): Promise<z.infer<typeof orderTotals>> {
  const sums = new Map<string, { orders: number; total: number }>()
  const addUp = async (list: string) => {
    for await (const { currency, total } of ordersIn(records, list, signal)) {
      const sum = sums.get(currency) ?? { orders: 0, total: 0 }
      sums.set(currency, { orders: sum.orders + 1, total: sum.total + total })
    }
  }
  for (const day of days) await Promise.all(orderLists(day).map(addUp))
  const totals = [...sums].map(([currency, sum]) => ({ currency, ...sum }))
  return {
    orders: totals.reduce((count, { orders }) => count + orders, 0),
    totals: totals.sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  }
}

async function* ordersIn(records: RecordReader, listed: string, signal: AbortSignal) {
  let after: string | undefined
  do {
    signal.throwIfAborted()
    const page = await records.list(order, { listed, limit: 1_000, after })
    yield* page.values
    after = page.next
  } while (after !== undefined)
}
