import { notFound } from '../../functions/api/answer.ts'
import { create } from '../../functions/api/create.ts'
import { route } from '../../functions/api/route.ts'
import { createOrder } from '../commands/create-order.ts'
import { newOrder, order } from '../records/order.ts'

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
