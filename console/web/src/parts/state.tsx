import type { JobState, LaneState } from '../api/types.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'bad' | 'warn' | 'good' | 'busy' | 'quiet'

const looks: Readonly<Record<JobState | LaneState, readonly [Tone, IconName]>> = {
  scheduled: ['quiet', 'clock'],
  pending: ['quiet', 'wait'],
  running: ['busy', 'run'],
  retrying: ['warn', 'retry'],
  succeeded: ['good', 'done'],
  dead: ['bad', 'dead'],
  cancelled: ['quiet', 'cancelled'],
  paused: ['warn', 'pause'],
  changing: ['warn', 'wait'],
}

/** A lane that runs is as it should be: nothing to look at. */
export function LaneStateSign({ of }: { readonly of: LaneState }) {
  return of === 'running' ? <span class="muted running-lane">running</span> : <State of={of} />
}

/** A state at a glance: colour, sign and word. */
export function State({ of }: { readonly of: JobState | LaneState }) {
  const [tone, icon] = looks[of] ?? ['quiet', 'wait']
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {of}
    </span>
  )
}
