import { createOrder } from '../../../app/commands/create-order.ts'
import { newOrder, order } from '../../../app/records/order.ts'
import { notFound } from '../answer.ts'
import { create } from '../create.ts'
import { route } from '../route.ts'

export const orders = [
  route({
    method: 'POST',
    path: '/orders',
    summary: 'Save an order, with the jobs that follow from it, in one transaction',
    body: newOrder,
    success: { status: 201, schema: order.schema, idempotent: true },
    errors: [409],
    answer: (deps, request) => create(deps, request, '/orders', createOrder, 'This order exists already.'),
  }),
  route({
    method: 'GET',
    path: '/orders/:id',
    summary: 'An order',
    success: { status: 200, schema: order.schema },
    errors: [404],
    async answer({ records }, { params: { id = '' } }) {
      const found = await records.get(order, { id })
      return found ? { status: 200, body: found } : notFound(`order "${id}"`)
    },
  }),
]
