import type { Lane, LaneDepth } from '../../api/types.ts'
import { State } from '../../parts/state.tsx'
import { count, duration } from '../../parts/words.ts'
import { Trend } from './trend.tsx'

interface Props {
  readonly depth: LaneDepth
  readonly lane: Lane | undefined
  readonly onSwitch: (lane: Lane) => void
}

export function LaneRow({ depth, lane, onSwitch }: Props) {
  const { name, visible, inFlight, delayed, dead, oldestAgeSeconds } = depth
  return (
    <li class="lane">
      <div class="lane-name">
        <strong>{name}</strong>
        {lane && <State of={lane.state} />}
        {lane?.kind === 'ordered' && <span class="muted">in order per group</span>}
      </div>
      <dl class="lane-figures">
        <Figure name="Waiting" value={visible} />
        <Figure name="In flight" value={inFlight} />
        <Figure name="Delayed" value={delayed} />
        <Figure name="Dead letters" value={dead} tone="bad" />
        {oldestAgeSeconds !== undefined && (
          <div>
            <dt>Oldest</dt>
            <dd>{duration(oldestAgeSeconds)}</dd>
          </div>
        )}
      </dl>
      <Trend depth={depth} />
      {lane && (
        <button type="button" disabled={lane.state === 'changing'} onClick={() => onSwitch(lane)}>
          {lane.state === 'paused' ? 'Resume …' : 'Pause …'}
          <span class="visually-hidden"> lane {name}</span>
        </button>
      )}
    </li>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: number
  readonly tone?: string
}

function Figure({ name, value, tone = '' }: FigureProps) {
  return (
    <div class={value > 0 ? tone : 'zero'}>
      <dt>{name}</dt>
      <dd>{count(value)}</dd>
    </div>
  )
}
