import { hasEnded, jobDetail } from '../../../functions/api/routes/jobs/schemas.ts'
import { exit } from '../../api-client/failure.ts'
import { command } from '../output.ts'
import type { Action } from '../session.ts'
import { duration } from '../time.ts'
import { jobPath } from './job-actions.ts'
import { view } from './jobs-get.ts'

/** Of one request, as the API allows. s. */
const longestPoll = 20

export const waitForJob: Action<{ readonly timeout: string }> = async ({ args: [id = ''], options, ports, api }) => {
  const client = await api()
  const until = ports.now().getTime() + duration(options.timeout, '--timeout') * 1000
  const leftNow = () => Math.max(0, Math.ceil((until - ports.now().getTime()) / 1000))
  const ask = () => client.get(jobDetail, jobPath(id), { wait: Math.min(longestPoll, leftNow()) })
  let found = await ask()
  while (!hasEnded(found) && leftNow() > 0) {
    // An API that answers before its time is not asked without a break.
    await ports.sleep(1_000)
    found = await ask()
  }
  const job = found
  const advice = hasEnded(job)
    ? ''
    : `\n\nIt has not ended after ${options.timeout}. Wait on: ${command(`jobs wait ${id}`, client)}`
  return {
    json: job,
    text: (paint, columns) => view(job, paint, columns) + advice,
    exit: job.status === 'succeeded' ? exit.done : exit.refused,
  }
}
