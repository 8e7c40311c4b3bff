import type { JobsQuery } from './types.ts'

type ListedStatus = NonNullable<JobsQuery['status']>

/** The statuses that the API lists jobs by; the compiler compares them with the API's schema. */
export const listedStatuses = Object.keys({
  scheduled: true,
  pending: true,
  running: true,
  retrying: true,
  succeeded: true,
  dead: true,
  cancelled: true,
} satisfies Record<ListedStatus, true>) as readonly ListedStatus[]
