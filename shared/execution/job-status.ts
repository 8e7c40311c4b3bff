/** Every status of a job. */
export const jobStatuses = ['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled'] as const
/** Status of a job. */
export type JobStatus = (typeof jobStatuses)[number]

/** Whether a job with a status runs no more, unless a person brings it back. */
export function hasEnded({ status }: { readonly status: JobStatus }): boolean {
  return status === 'succeeded' || status === 'dead' || status === 'cancelled'
}
