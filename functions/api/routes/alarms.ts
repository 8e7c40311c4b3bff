import * as z from 'zod'
import { route } from '../route.ts'

const alarm = z.object({
  name: z.string(),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  /** Which values were compared with what, in CloudWatch's words. */
  reason: z.string(),
  description: z.string(),
  since: z.iso.datetime().optional(),
  /** The section of the runbook: `docs/operations.md#dead-letters`. */
  runbook: z.string().optional(),
})

export const alarms = [
  route({
    method: 'GET',
    path: '/alarms',
    summary: 'The alarms of the stack, those that ring first',
    success: { status: 200, schema: z.object({ alarms: z.array(alarm) }) },
    async answer({ monitor }) {
      const all = (await monitor.alarms()).map((status) => {
        const [, description = status.description, runbook] = /^(.*) See (\S+#\S+)$/.exec(status.description) ?? []
        return { ...status, description, ...(runbook ? { runbook } : {}) }
      })
      return { status: 200, body: { alarms: all.toSorted((a, b) => rank(a) - rank(b) || compare(a.name, b.name)) } }
    },
  }),
]

function rank({ state }: z.infer<typeof alarm>): number {
  return ['ALARM', 'INSUFFICIENT_DATA', 'OK'].indexOf(state)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
