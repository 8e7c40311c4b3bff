import type { Lane, LaneDepth } from '../../api/types.ts'
import { LaneStateSign } from '../../parts/state.tsx'
import { count, duration } from '../../parts/words.ts'
import { Trend } from './trend.tsx'

interface Props {
  readonly depth: LaneDepth
  readonly lane: Lane | undefined
  /** Whether the API tells of any lane how long its oldest job waits. */
  readonly withAge: boolean
  readonly onSwitch: (lane: Lane) => void
}

export function LaneRow({ depth, lane, withAge, onSwitch }: Props) {
  const { name, visible, inFlight, delayed, dead, oldestAgeSeconds } = depth
  return (
    <li class="lane">
      <div class="lane-name">
        <strong>{name}</strong>
        {lane && <LaneStateSign of={lane.state} />}
      </div>
      <dl class="lane-figures">
        <Figure name="Waiting" value={visible} />
        <Figure name="In flight" value={inFlight} />
        <Figure name="Delayed" value={delayed} />
        <Figure name="Dead" value={dead} tone="bad" />
        {withAge && (
          <div class={oldestAgeSeconds === undefined ? 'zero' : ''}>
            <dt>Oldest</dt>
            <dd>{oldestAgeSeconds === undefined ? '–' : duration(oldestAgeSeconds)}</dd>
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
