import { useStore } from '../../live/store.ts'
import { route } from '../../nav/route.ts'
import { JobList } from './job-list.tsx'
import { JobsOfRecord } from './of-record.tsx'

/** Jobs of one record, or all that the stage lists. */
export function Jobs() {
  const record = useStore(route).query.get('record')
  return record ? <JobsOfRecord key={record} record={record} /> : <JobList />
}
