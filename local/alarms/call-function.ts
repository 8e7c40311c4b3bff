import type { Alarm, StackModel } from '../model.ts'
import type { AsyncInvocations, Log } from '../types.ts'

interface Change {
  readonly alarm: Alarm
  readonly before: { readonly state: string; readonly reason: string; readonly since: string }
  readonly now: { readonly state: string; readonly reason: string }
}

interface Around {
  readonly model: StackModel
  readonly invocations: Pick<AsyncInvocations, 'begin'>
  readonly log: Log
}

const CLOUDWATCH = 'lambda.alarms.cloudwatch.amazonaws.com'

/** Invokes a function as an alarm's action, without waiting: if its permissions let CloudWatch, and this alarm. */
export function callFunction(functionArn: string, change: Change, { model, invocations, log }: Around): void {
  const { alarm } = change
  const fn = model.functions.find(({ arn }) => arn === functionArn)
  const alarmArn = `arn:aws:cloudwatch:${model.region}:${model.accountId}:alarm:${alarm.name}`
  const allowed = fn?.permissions.some(
    ({ principal, sourceArn = alarmArn }) => principal === CLOUDWATCH && sourceArn === alarmArn,
  )
  if (!fn || !allowed) {
    const why = fn ? `no AWS::Lambda::Permission lets ${CLOUDWATCH} for ${alarmArn}` : 'the stack does not have it'
    log('alarms', `${alarm.name} cannot call ${functionArn}: ${why}`)
    return
  }
  void invocations.begin(fn.name, eventOf(change, alarmArn, model))
}

/** The event that CloudWatch sends, as far as its parts are known here. */
function eventOf({ alarm, before, now }: Change, alarmArn: string, { accountId, region }: StackModel) {
  const timestamp = new Date().toISOString()
  return {
    source: 'aws.cloudwatch',
    alarmArn,
    accountId,
    time: timestamp,
    region,
    alarmData: {
      alarmName: alarm.name,
      state: { value: now.state, reason: now.reason, timestamp },
      previousState: { value: before.state, reason: before.reason, timestamp: before.since },
      configuration: { description: alarm.description },
    },
  }
}
