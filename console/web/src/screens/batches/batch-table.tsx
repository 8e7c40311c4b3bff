import type { Batch } from '../../api/types.ts'
import { MembersBar } from '../../components/members-bar.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { many } from '../../components/words.ts'
import { href } from '../../nav/route.ts'

export function BatchTable({ batches }: { readonly batches: readonly Batch[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Batch</th>
          <th scope="col">Members</th>
          <th scope="col">Callbacks</th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {batches.map((batch) => (
          <tr key={batch.id}>
            <td>
              <State of={batch.status} />
            </td>
            <td class="identity">
              <a href={href(['batches', batch.id])}>
                {many(batch.total, 'member')} <code>{batch.id}</code>
              </a>
            </td>
            <td class="members">
              <MembersBar of={batch} />
            </td>
            <td data-label="Callbacks">{callbackTypes(batch).join(', ') || <span class="muted">none</span>}</td>
            <td data-label="Created">
              <Time at={batch.createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function callbackTypes({ callbacks, pendingCallbacks }: Batch): string[] {
  return [...new Set([...callbacks, ...pendingCallbacks].map(({ type }) => type))]
}
