import { useStore } from '../../live/store.ts'
import { route } from '../../nav/route.ts'
import { FailingJobs } from './failing-jobs.tsx'
import { JobsOfRecord } from './of-record.tsx'

/** Jobs of one record, or the failing ones: a healthy job is in no list, and found by its id or its record. */
export function Jobs() {
  const record = useStore(route).query.get('record')
  return record ? <JobsOfRecord key={record} record={record} /> : <FailingJobs />
}
