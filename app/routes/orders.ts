import { notFound, route } from 'outbox-relay/routes'
import * as z from 'zod'
import { createOrder } from '../commands/create-order.ts'
import { order } from '../records/order.ts'

export const orders = [
  route({
    method: 'POST',
    path: '/orders',
    access: 'caller',
    summary: 'Create an order and its jobs in one transaction',
    command: createOrder,
    conflict: 'This order exists already.',
  }),
  route({
    method: 'GET',
    path: '/orders/:id',
    access: 'caller',
    summary: 'Get an order',
    params: z.object({ id: z.string() }),
    success: { status: 200, schema: order.schema },
    errors: [404],
    async handle({ params: { id } }, { records }) {
      const found = await records.get(order, { id })
      return found ? { status: 200, body: found } : notFound(`order "${id}"`)
    },
  }),
]
