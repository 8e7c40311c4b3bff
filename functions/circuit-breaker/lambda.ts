/** The circuit breaker: an alarm calls it when the attempts of a lane fail, and it pauses the lane. */

import { registryOf } from '../../shared/define/application.ts'
import { breakerReason } from '../../shared/define/lane.ts'
import { create, recordWrite } from '../../shared/define/record.ts'
import { breakerAlarm } from '../../shared/lib/names.ts'
import { action } from '../../shared/recovery/action.ts'
import { notePause } from '../../shared/recovery/lane-pause.ts'
import { application } from '../application.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { laneMappings, probes, service, tableNames } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { laneControl } from '../aws/lane-control.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger } from '../aws/telemetry.ts'

/** What CloudWatch tells a function of the alarm that calls it. */
interface AlarmEvent {
  readonly alarmData: {
    readonly alarmName: string
    readonly state: { readonly reason: string }
  }
}

const store = dynamoStore(documentClient(), tableNames())
const guarded = [...registryOf(application, { probes: probes() }).lanes.values()].filter((lane) => lane.circuitBreaker)
const control = laneControl(laneMappings(guarded))
const by = 'circuit breaker'

export async function handler({ alarmData: { alarmName, state } }: AlarmEvent): Promise<void> {
  const found = guarded.find(({ name }) => `${service()}-${breakerAlarm(name)}` === alarmName)
  const { name: lane, circuitBreaker: breaker } = found ?? {}
  if (!lane || !breaker)
    throw new Error(`The alarm ${alarmName} is of no lane that has a circuit breaker; redeploy the stack.`)
  // A person paused it, whose note stays; what fails now are its last attempts.
  const before = await control.state(lane)
  if (before === 'paused') return
  const at = clock.now().toISOString()
  // Noted before it is done, as everything that is done to a lane. If the process dies between, CloudWatch calls again.
  await store.write(recordWrite(create(action, { id: ids.fresh(), at, by, action: 'pause lane', detail: lane })))
  const reason = `${breakerReason(breaker)}. Fix what its jobs depend on, then resume it`
  // The note of a person who paused it at the same time stays.
  await notePause(store, { lane, by, at, reason }, false)
  await control.setRunning(lane, false)
  logger.warn('operator acts', { by, action: 'pause lane', detail: lane, reason: state.reason })
}
