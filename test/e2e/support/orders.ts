import { type Api, api } from './api.ts'
import { address } from './names.ts'

export interface Order {
  readonly id: string
  readonly email: string
  readonly items: readonly { sku: string; quantity: number; unitPrice: number }[]
  readonly currency: string
  readonly total: number
  readonly createdAt: string
  readonly jobs: readonly { readonly id: string; readonly type: string }[]
}

export const newOrder = (email: string = address()) => ({
  email,
  items: [
    { sku: 'tea', quantity: 2, unitPrice: 450 },
    { sku: 'cup', quantity: 1, unitPrice: 1200 },
  ],
})

/** Posts an order and gives it back; throws unless it was created. */
export async function placeOrder(email: string = address(), { post }: Pick<Api, 'post'> = api): Promise<Order> {
  const { status, body } = await post<Order>('/orders', newOrder(email))
  if (status !== 201) throw new Error(`POST /orders answered ${status}: ${JSON.stringify(body)}`)
  return body
}

/** The id of the job of a type that an order or user caused. */
export function jobOf({ jobs }: Pick<Order, 'jobs'>, type: string): string {
  const found = jobs.find((job) => job.type === type)
  if (!found) throw new Error(`no job "${type}" among ${JSON.stringify(jobs)}`)
  return found.id
}
