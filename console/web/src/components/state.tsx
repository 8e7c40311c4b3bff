import type { AlarmState, BatchStatus, JobStatus, LaneState } from '../api/types.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'bad' | 'warn' | 'good' | 'busy' | 'quiet'

const looks: Readonly<Record<JobStatus | LaneState | BatchStatus, readonly [Tone, IconName]>> = {
  scheduled: ['quiet', 'clock'],
  pending: ['quiet', 'wait'],
  running: ['busy', 'run'],
  retrying: ['warn', 'retry'],
  succeeded: ['good', 'done'],
  dead: ['bad', 'dead'],
  cancelled: ['quiet', 'cancelled'],
  paused: ['warn', 'pause'],
  changing: ['warn', 'wait'],
  open: ['quiet', 'wait'],
  finished: ['warn', 'warn'],
}

/** A state at a glance: colour, sign and word. */
export function State({ of }: { readonly of: JobStatus | LaneState | BatchStatus }) {
  const [tone, icon] = looks[of] ?? ['quiet', 'wait']
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {of}
    </span>
  )
}

const alarmLooks: Readonly<Record<AlarmState, readonly [Tone, IconName, string]>> = {
  ALARM: ['bad', 'alarm', 'in ALARM'],
  OK: ['good', 'done', 'OK'],
  INSUFFICIENT_DATA: ['quiet', 'wait', 'no data yet'],
}

export function AlarmSign({ of }: { readonly of: AlarmState }) {
  const [tone, icon, word] = alarmLooks[of] ?? ['quiet', 'wait', of]
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  )
}
