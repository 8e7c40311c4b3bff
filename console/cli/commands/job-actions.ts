import { jobCancelled } from '../../../functions/api/routes/jobs/schemas.ts'
import { dryRun } from '../output.ts'
import type { Action } from '../session.ts'

export function jobPath(id: string, action?: 'cancel' | 'replay'): string {
  return `/jobs/${encodeURIComponent(id)}${action ? `/${action}` : ''}`
}

export const cancelJob: Action = async ({ args: [id = ''], options, api, endpoint }) => {
  const path = jobPath(id, 'cancel')
  if (options.dryRun) return dryRun('POST', path, await endpoint())
  const json = await (await api()).post(jobCancelled, path)
  return { json, text: (paint) => `${paint('green', '✓')} Job ${json.id} is ${json.status}: it will not run.` }
}
