import { filled, type Values } from '../../../infra/monitoring/alarm-values.ts'
import { type AlarmKey, alarms } from '../../../infra/monitoring/alarms.ts'

/** The name, description and runbook of an alarm as the API answers them: those of the stack, so that a fake has no other alarm. */
export function productAlarm(key: AlarmKey, values: Values = {}) {
  const { name, description } = alarms[key]
  return {
    name: `OutboxRelay-prod-${filled(name, values)}`,
    description: filled(description, values),
    runbook: `docs/operations.md#${key}`,
  }
}
