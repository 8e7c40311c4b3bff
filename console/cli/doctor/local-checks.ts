/** What only a stack on this machine has: its AWS endpoint, and its alarms there. */
import { z } from 'zod'
import type { Ports } from '../ports.ts'
import { type Check, type Finding, some } from './finding.ts'

type Found = Omit<Finding, 'check'>
type Asks = Pick<Ports, 'fetch'>

const alarms = z.object({
  alarms: z.array(z.object({ name: z.string(), state: z.string(), reason: z.string().default('') })),
})

export function localChecks(awsUrl: string, ports: Asks): readonly Check[] {
  return [
    ['AWS endpoint', () => endpoint(awsUrl, ports)],
    ['Alarms', () => alarmsOf(awsUrl, ports)],
  ]
}

async function endpoint(awsUrl: string, { fetch }: Asks): Promise<Found> {
  const status = await fetch(`${awsUrl}/_local/health`, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.status,
    () => undefined,
  )
  if (status === 200) return { state: 'ok', found: awsUrl }
  if (status === undefined)
    return {
      state: 'skip',
      found: `nothing answers at ${awsUrl}`,
      next: 'Set AWS_ENDPOINT_URL to the local AWS endpoint that the stack printed when it started',
    }
  return status < 500
    ? { state: 'skip', found: `${awsUrl} is not the endpoint of a local stack` }
    : { state: 'fail', found: `${awsUrl}/_local/health answers ${status}`, next: 'See what the local stack prints' }
}

async function alarmsOf(awsUrl: string, { fetch }: Asks): Promise<Found> {
  const answer = await fetch(`${awsUrl}/_local/alarms`, { signal: AbortSignal.timeout(5_000) })
    .then((response) => response.json())
    .catch(() => undefined)
  const read = alarms.safeParse(answer)
  if (!read.success) return { state: 'skip', found: `${awsUrl} has no alarms to tell of` }
  const inAlarm = read.data.alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name)
  if (inAlarm.length === 0) return { state: 'ok', found: `none of ${read.data.alarms.length} is in ALARM` }
  return {
    state: 'fail',
    found: `in ALARM: ${some(inAlarm)}`,
    next: 'docs/operations.md has a section for each',
  }
}
