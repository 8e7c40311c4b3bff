import type { Batch } from '../../api/types.ts'
import { Panel } from '../../components/panel.tsx'
import { href } from '../../nav/route.ts'

const whenOf = {
  finished: 'every member has ended',
  succeeded: 'every member has succeeded',
} as const

/** The jobs that the batch has caused, or will cause. */
export function Callbacks({ batch: { callbacks, pendingCallbacks } }: { readonly batch: Batch }) {
  if (callbacks.length + pendingCallbacks.length === 0) return null
  return (
    <Panel title="Callbacks" about="each is caused exactly once">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Once</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {callbacks.map(({ event, id, type }) => (
            <tr key={event}>
              <td class="identity">
                <a href={href(['jobs', id])}>
                  {type} <code>{id}</code>
                </a>
              </td>
              <td data-label="Once">{whenOf[event]}</td>
              <td data-label="State">caused</td>
            </tr>
          ))}
          {pendingCallbacks.map(({ event, type }) => (
            <tr key={event}>
              <td class="identity">
                <strong>{type}</strong>
              </td>
              <td data-label="Once">{whenOf[event]}</td>
              <td data-label="State">to come</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
