import type { Job } from '../../api/types.ts'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { href } from '../../nav/route.ts'

export function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Job</th>
          <th scope="col">Lane</th>
          <th scope="col">Attempts</th>
          <th scope="col">Accepted</th>
          <th scope="col">Last error</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            <td>
              <State of={job.status} />
            </td>
            <td class="identity">
              <a href={href(['jobs', job.id])}>
                {job.type} <code>{job.id}</code>
              </a>
            </td>
            <td data-label="Lane">{job.lane}</td>
            <td data-label="Attempts">
              {job.attempts} of {job.maxAttempts}
            </td>
            <td data-label="Accepted">
              <Time at={job.createdAt} />
            </td>
            <td class="error">{job.lastError}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
