import { breakDown, type FaultRule, fix } from './aws.ts'
import { jobIs } from './jobs.ts'
import { unique } from './names.ts'
import { jobOf, type Order, placeOrder } from './orders.ts'

export interface Doomed {
  readonly order: Order
  /** Its job `send-receipt`. */
  readonly jobId: string
  readonly diedAt: string
}

/** SES refuses every mail whose text contains `word`, until `fix`. */
export function mailFault(word: string): { rule: FaultRule; fix: () => Promise<unknown> } {
  const rule = {
    service: 'ses',
    operation: 'SendEmail',
    match: word,
    error: { statusCode: 400, code: 'MessageRejected' },
  }
  return { rule, fix: () => fix(rule) }
}

/** Orders whose receipts SES has refused until their jobs were dead, in the order of their deaths. SES takes their mails again, now. */
export async function doomedOrders(count: number): Promise<Doomed[]> {
  const word = unique('doomed')
  const fault = mailFault(word)
  await breakDown(fault.rule)
  try {
    const orders = await Promise.all(Array.from({ length: count }, (_, i) => placeOrder(`${word}-${i}@example.com`)))
    const doomed = await Promise.all(
      orders.map(async (order) => {
        const jobId = jobOf(order, 'send-receipt')
        const { finishedAt = '' } = await jobIs(jobId, 'dead')
        return { order, jobId, diedAt: finishedAt }
      }),
    )
    return doomed.sort((a, b) => (a.diedAt < b.diedAt ? -1 : 1))
  } finally {
    await fault.fix()
  }
}
