import type { BatchStatus, JobsQuery, MembersQuery } from './types.ts'

type ListedStatus = NonNullable<JobsQuery['status']>
type MemberStatus = NonNullable<MembersQuery['status']>

// The statuses that the API lists by; the compiler compares them with the API's schemas.

export const listedStatuses = statuses<ListedStatus>({
  scheduled: true,
  pending: true,
  running: true,
  retrying: true,
  succeeded: true,
  dead: true,
  cancelled: true,
})
export const batchStatuses = statuses<BatchStatus>({ open: true, running: true, finished: true, succeeded: true })
export const memberStatuses = statuses<MemberStatus>({ pending: true, dead: true, cancelled: true })

function statuses<S extends string>(all: Readonly<Record<S, true>>): readonly S[] {
  return Object.keys(all) as S[]
}
