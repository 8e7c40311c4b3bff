import { useState } from 'preact/hooks'
import type { Lane, LaneDepth } from '../../api/types.ts'
import { Panel } from '../../parts/panel.tsx'
import { LaneRow } from './lane-row.tsx'
import { SwitchLane } from './switch-lane.tsx'

interface Props {
  readonly depths: readonly LaneDepth[]
  /** Empty where the API cannot tell. */
  readonly lanes: readonly Lane[]
}

export function LaneList({ depths, lanes }: Props) {
  const [switching, setSwitching] = useState<Lane>()
  return (
    <Panel title="Lanes" about="counts of SQS: close, not exact">
      <ul class="lanes">
        {depths.map((depth) => (
          <LaneRow
            key={depth.name}
            depth={depth}
            lane={lanes.find(({ name }) => name === depth.name)}
            withAge={depths.some(({ oldestAgeSeconds }) => oldestAgeSeconds !== undefined)}
            onSwitch={setSwitching}
          />
        ))}
      </ul>
      {switching && <SwitchLane lane={switching} onClose={() => setSwitching(undefined)} />}
    </Panel>
  )
}
