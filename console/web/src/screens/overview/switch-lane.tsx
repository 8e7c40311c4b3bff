import { api } from '../../api/api.ts'
import type { Lane } from '../../api/types.ts'
import { Confirm } from '../../components/confirm.tsx'

interface Props {
  readonly lane: Lane
  readonly onClose: () => void
}

export function SwitchLane({ lane: { name, state, circuitBreaker }, onClose }: Props) {
  return state === 'paused' ? (
    <Confirm
      title={`Resume the lane ${name}?`}
      verb="Resume"
      act={() => api.switchLane(name, 'resume')}
      done={`The lane ${name} is being resumed.`}
      onClose={onClose}
    >
      <p>Its jobs are taken up again, those that waited longest first. This takes up to a minute.</p>
      {circuitBreaker && (
        <p>
          Its circuit breaker pauses it again only after its alarm {name}-circuit-breaker has been OK. While that alarm
          is in ALARM, wait.
        </p>
      )}
    </Confirm>
  ) : (
    <Confirm
      title={`Pause the lane ${name}?`}
      verb="Pause"
      act={() => api.switchLane(name, 'pause')}
      done={`The lane ${name} is being paused.`}
      onClose={onClose}
    >
      <p>
        No further job of this lane starts until it is resumed; what runs now may end. Jobs wait in the queue and none
        is lost, for up to the queue's retention time. This takes up to a minute.
      </p>
    </Confirm>
  )
}
