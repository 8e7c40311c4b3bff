import { Duration } from 'aws-cdk-lib'
import type { Api } from '../api/api.ts'
import type { Alarms } from './alarms.ts'
import { functionAlarms } from './function-alarms.ts'

export function apiAlarms(api: Api, alarms: Alarms): void {
  functionAlarms(api.handler, alarms)
  const { metrics } = api.gateway
  if (!metrics) return
  alarms.ring(api, 'ServerErrorsAlarm', {
    name: 'api-5xx',
    metric: metrics.serverErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
    // A lone 503 tells a caller to come back, and it does; several within five minutes are no accident.
    above: 4,
    says: 'The API answered 5xx several times within five minutes: callers are turned away; see its log for throttled tables or a bug.',
    runbook: 'api-5xx',
  })
}
