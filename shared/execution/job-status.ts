/** Status of a job. */
export type JobStatus = 'scheduled' | 'pending' | 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'

/** Every status of a job. If one is missing, the schemas of the API do not fit what is shown. */
export const jobStatuses = [
  'scheduled',
  'pending',
  'running',
  'retrying',
  'succeeded',
  'dead',
  'cancelled',
] as const satisfies readonly JobStatus[]

/** Whether a job with a status runs no more, unless a person brings it back. */
export function hasEnded({ status }: { readonly status: JobStatus }): boolean {
  return status === 'succeeded' || status === 'dead' || status === 'cancelled'
}
