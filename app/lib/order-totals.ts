import type { RecordReader } from 'outbox-relay'
import * as z from 'zod'
import { order, orderLists } from '../records/order.ts'

/** The number of orders, and their sum per currency in minor units. */
export const orderTotals = z.object({
  orders: z.int(),
  totals: z.array(z.object({ currency: z.string(), orders: z.int(), total: z.int() })),
})
export type OrderTotals = z.infer<typeof orderTotals>

type Order = z.infer<typeof order.schema>

/** Adds up orders, or totals of orders. */
export function summing(): { add(more: OrderTotals['totals']): void; read(): OrderTotals } {
  const sums = new Map<string, { orders: number; total: number }>()
  return {
    add(more) {
      for (const { currency, orders, total } of more) {
        const sum = sums.get(currency) ?? { orders: 0, total: 0 }
        sums.set(currency, { orders: sum.orders + orders, total: sum.total + total })
      }
    },
    read() {
      const totals = [...sums].map(([currency, sum]) => ({ currency, ...sum }))
      return {
        orders: totals.reduce((count, { orders }) => count + orders, 0),
        totals: totals.sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      }
    },
  }
}

/** An order as the totals of one. */
export function totalOf({ currency, total }: Order): OrderTotals['totals'] {
  return [{ currency, orders: 1, total }]
}

/** Adds up the orders of some days. */
export async function totalsOf(
  records: RecordReader,
  days: readonly string[],
  signal: AbortSignal,
): Promise<OrderTotals> {
  const sum = summing()
  for (const day of days) await visitOrders(records, day, signal, (one) => sum.add(totalOf(one)))
  return sum.read()
}

/**
 * Visits the orders of a day. It reads a page at a time, so that its memory does not grow with the orders. The index may lag
 * behind by a second, so the last orders of a day that is not over may be missing.
 */
export async function visitOrders(
  records: RecordReader,
  day: string,
  signal: AbortSignal,
  visit: (order: Order) => void,
): Promise<void> {
  await Promise.all(
    orderLists(day).map(async (list) => {
      for await (const one of ordersIn(records, list, signal)) visit(one)
    }),
  )
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
