/** What the API itself can tell, of any stack. */
import type { z } from 'zod'
import { healthView } from '../../../functions/api/routes/health/schemas.ts'
import { laneList } from '../../../functions/api/routes/lanes/schemas.ts'
import { statsView } from '../../../functions/api/routes/stats/schemas.ts'
import type { Api } from '../../api-client/client.ts'
import { Failure } from '../../api-client/failure.ts'
import { command } from '../output.ts'
import { short, span } from '../time.ts'
import type { Check, Finding } from './finding.ts'

type Found = Omit<Finding, 'check'>

export function apiChecks(api: Api, now: () => Date): readonly Check[] {
  return [
    ['API answers', () => answers(api, now)],
    ['No dead jobs', () => deadLetters(api)],
    ['Lanes keep up', () => keepUp(api)],
    ['Lanes run', () => run(api)],
  ]
}

async function answers(api: Api, now: () => Date): Promise<Found> {
  const began = now().getTime()
  await api.get(healthView, '/health')
  const skew = Math.abs(api.serverTime().getTime() - now().getTime()) / 1000
  // AWS refuses signatures that are five minutes off.
  if (skew > 120)
    return {
      state: 'warn',
      found: `this machine's clock is ${span(skew)} off`,
      next: 'Set the clock: AWS refuses requests signed at the wrong time',
    }
  return { state: 'ok', found: `${api.endpoint.url} in ${now().getTime() - began} ms` }
}

async function deadLetters(api: Api): Promise<Found> {
  const { jobs, lanes } = await api.get(statsView, '/stats')
  const messages = lanes.reduce((sum, lane) => sum + lane.dead, 0)
  if (jobs.dead > 0)
    return { state: 'fail', found: `${jobs.dead} dead, ${jobs.retrying} retrying`, next: command('dlq ls', api) }
  if (messages > 0)
    return {
      state: 'warn',
      found: `no job is dead, but ${messages} messages are in dead-letter queues`,
      next: 'SQS moved them there, they are not jobs, or they are left from jobs that went on: docs/operations.md#dead-letters',
    }
  return { state: 'ok', found: `none dead, ${jobs.retrying} retrying` }
}

/** Longer than any lane but the bulk one should make a job wait. */
const late = 900

async function keepUp(api: Api): Promise<Found> {
  const { lanes } = await api.get(statsView, '/stats')
  const behind = lanes.filter(({ oldestAgeSeconds = 0 }) => oldestAgeSeconds > late)
  const waiting = lanes.reduce((sum, lane) => sum + lane.visible, 0)
  if (behind.length === 0) return { state: 'ok', found: `${waiting} jobs wait` }
  const found = behind.map(({ name, oldestAgeSeconds = 0 }) => `${name} is ${span(oldestAgeSeconds)} behind`).join(', ')
  return { state: 'warn', found, next: 'docs/operations.md#lane-late' }
}

async function run(api: Api): Promise<Found> {
  const { lanes: all } = await api.get(laneList, '/lanes')
  const still = all.filter(({ state }) => state !== 'running')
  if (still.length === 0) return { state: 'ok', found: all.map(({ name }) => name).join(', ') }
  const found = still.map(stillness).join(', ')
  const resume = command(`lanes resume ${still[0]?.name}`, api)
  return { state: 'warn', found, next: `Once the reason is gone: ${resume}` }
}

function stillness({ name, state, pausedBy, pausedAt }: z.infer<typeof laneList>['lanes'][number]): string {
  return [`${name} is ${state}`, pausedBy && `by ${pausedBy}`, pausedAt && `since ${short(pausedAt)}`]
    .filter(Boolean)
    .join(' ')
}

/** The API's own line, split where it says what to do. */
export function explained(error: unknown): Found {
  if (!(error instanceof Failure)) throw error
  const [found = '', ...next] = error.message.split(/(?<=[.!?]) (?=[A-Z`])/)
  return { state: 'fail', found: found.replace(/\.$/, ''), next: next.join(' ') || undefined }
}
