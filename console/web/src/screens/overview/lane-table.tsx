import type { Lane, LaneStats, Metrics } from '../../api/types.ts'
import { Panel } from '../../components/panel.tsx'
import { LaneRow } from './lane-row.tsx'

interface Props {
  readonly depths: readonly LaneStats[]
  /** Empty where the API cannot tell. */
  readonly lanes: readonly Lane[]
  readonly metrics: Metrics | undefined
  readonly onSwitch: (lane: Lane) => void
}

export function LaneTable({ depths, lanes, metrics, onSwitch }: Props) {
  const withAge = depths.some(({ oldestAgeSeconds }) => oldestAgeSeconds !== undefined)
  return (
    <Panel title="Lanes" about="counts are close, not exact: SQS tells no more">
      <table class="list lanes">
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col" class="number">
              Waiting
            </th>
            <th scope="col" class="number">
              In flight
            </th>
            <th scope="col" class="number">
              Delayed
            </th>
            <th scope="col" class="number">
              Dead
            </th>
            {withAge && (
              <th scope="col" class="number">
                Oldest waits
              </th>
            )}
            {metrics && (
              <>
                <th scope="col" class="number">
                  Done per min
                </th>
                <th scope="col" class="number" title="From accepted to done, in the last hour">
                  Latency p50 / p99
                </th>
              </>
            )}
            <th scope="col">
              <span class="visually-hidden">Act</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {depths.map((depth) => (
            <LaneRow
              key={depth.name}
              depth={depth}
              lane={lanes.find(({ name }) => name === depth.name)}
              withAge={withAge}
              metrics={metrics}
              onSwitch={onSwitch}
            />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
