import type { Lane } from '../../api/types.ts'
import { Panel } from '../../components/panel.tsx'
import { duration, many } from '../../components/words.ts'

type Limit = NonNullable<Lane['limits']>[number]

/** The rate limits of the job types, and how far behind each is. Nothing where no type has one. */
export function LimitTable({ lanes }: { readonly lanes: readonly Lane[] }) {
  const limits = lanes.flatMap(({ name, limits = [] }) => limits.map((limit) => ({ lane: name, ...limit })))
  if (limits.length === 0) return null
  return (
    <Panel title="Rate limits" about="jobs that wait for one use up no attempt">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Job type</th>
            <th scope="col">Lane</th>
            <th scope="col">At most</th>
            <th scope="col">Lag</th>
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => (
            <tr key={limit.type}>
              <td class="identity">
                <strong>{limit.type}</strong>
              </td>
              <td data-label="Lane">{limit.lane}</td>
              <td data-label="At most">{pace(limit)}</td>
              <td data-label="Lag">
                <Lag of={limit} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

/** `20 starts in 1 s for each key` */
function pace({ limit, perSeconds, isKeyed }: Limit): string {
  const starts = `${many(limit, 'start')} in ${duration(perSeconds)}`
  return isKeyed ? `${starts} for each key` : starts
}

function Lag({ of: { isKeyed, lagSeconds = 0 } }: { readonly of: Limit }) {
  if (isKeyed) return <span class="muted">each key has its own; see a job of the key</span>
  if (lagSeconds === 0) return <span class="muted">none</span>
  return <>the last job waits {duration(lagSeconds)}</>
}
