import type { AlarmStatus } from '../../../aws/monitor.ts'
import { operatorRoute } from '../../route.ts'
import { type Alarm, alarmList, alarmState } from './schemas.ts'

/** CloudWatch takes 9 calls a second from all of an account, and has a new state at most every ten seconds. ms. */
const cachedFor = 5_000

export const alarms = [
  operatorRoute({
    method: 'GET',
    path: '/alarms',
    access: 'viewer',
    summary: 'List the alarms of the stack, those in state ALARM first',
    success: { status: 200, schema: alarmList },
    async handle(_, { monitor, cache }) {
      const alarms = (await cache('alarms', cachedFor, () => monitor.alarms())).map(viewOf)
      return { status: 200, body: { alarms: alarms.sort((a, b) => rank(a) - rank(b) || compare(a.name, b.name)) } }
    },
  }),
]

/** The description of an alarm ends with the address of its section in the runbook. */
function viewOf(alarm: AlarmStatus): Alarm {
  const [, description = alarm.description, runbook] = /^(.*) See (\S+#\S+)$/.exec(alarm.description) ?? []
  return { ...alarm, description, runbook }
}

function rank({ state }: Alarm): number {
  return alarmState.options.indexOf(state)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
