import { createOrder } from '../../../app/commands/create-order.ts'
import { order } from '../../../app/records/order.ts'
import { notFound } from '../answer.ts'
import { create } from '../create.ts'
import type { Route } from '../route.ts'

export const orders: readonly Route[] = [
  {
    method: 'POST',
    path: '/orders',
    answer: (deps, request) => create(deps, request, '/orders', createOrder, 'This order exists already.'),
  },
  {
    method: 'GET',
    path: '/orders/:id',
    async answer({ records }, { params: { id = '' } }) {
      const found = await records.get(order, { id })
      return found ? { status: 200, body: found } : notFound(`order "${id}"`)
    },
  },
]
