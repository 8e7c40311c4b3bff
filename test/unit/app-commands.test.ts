import { describe, expect, it } from 'vitest'
import { createOrder } from '../../app/commands/create-order.ts'
import { createUser } from '../../app/commands/create-user.ts'
import { orderLists } from '../../app/records/order.ts'
import { recordWrite } from '../../shared/define/record.ts'
import { commandContext } from '../../shared/outbox/execute-command.ts'
import { simIds } from '../support/random.ts'

const contextOf = (id: string, now: string) => commandContext({ id, now: new Date(now) }, simIds())
const valuesOf = (change: { records?: readonly object[] } | undefined) =>
  (change?.records ?? []).map((write) => ('value' in write ? write.value : write))

describe('create-order', () => {
  const change = createOrder.change(
    {
      email: 'a@example.com',
      currency: 'EUR',
      items: [
        { sku: 'tea', quantity: 3, unitPrice: 250 },
        { sku: 'cup', quantity: 1, unitPrice: 999 },
      ],
    },
    contextOf('o1', '2026-11-05T23:59:59.999Z'),
  )

  it('writes the order, which says in which list of its day it stands', () => {
    expect(valuesOf(change)).toMatchObject([{ id: 'o1', total: 1749, createdAt: '2026-11-05T23:59:59.999Z' }])
    const [write] = (change.records ?? []).map(recordWrite)
    expect(write?.op === 'put' && orderLists('2026-11-05')).toContain(write?.op === 'put' && write.item._listed)
  })

  it('causes the receipt and the event, and names them in the order', () => {
    expect(change.jobs?.map(({ job }) => job.type)).toEqual(['send-receipt', 'publish-event'])
    expect(valuesOf(change)[0]).toMatchObject({
      jobs: change.jobs?.map(({ id, job }) => ({ id, type: job.type })),
    })
  })
})

describe('create-user', () => {
  it('writes the user, holds the address, and causes welcome and audit entry and nothing else', () => {
    const change = createUser.change(
      { email: 'Ann@example.com', fullName: 'Ann' },
      contextOf('u1', '2026-11-05T00:00:00.000Z'),
    )
    expect(valuesOf(change)).toMatchObject([{ id: 'u1' }, { email: 'Ann@example.com', userId: 'u1' }])
    expect(change.jobs?.map(({ job }) => job.type)).toEqual(['send-welcome-email', 'write-audit-entry'])
  })
})
