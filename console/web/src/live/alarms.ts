import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { api } from '../api/api.ts'
import type { Alarm } from '../api/types.ts'
import { commonStart } from '../components/names.ts'
import { type Polled, usePoll } from './poll.ts'

/** An alarm with its short name. Its description is without the address of the runbook. */
export interface NamedAlarm extends Alarm {
  /** Name without the prefix of the stack: `bulk-dead-letters`. */
  readonly short: string
}

export const AlarmsContext = createContext<Polled<readonly NamedAlarm[]>>({})

/** Polled once for the whole page: an alarm is told on every screen. */
export function usePolledAlarms(): Polled<readonly NamedAlarm[]> {
  return usePoll('alarms', async (signal) => named((await api.alarms(signal)).alarms), 10_000)
}

export function useAlarms(): Polled<readonly NamedAlarm[]> {
  return useContext(AlarmsContext)
}

/** The alarms in ALARM, the latest first. */
export function inAlarm(alarms: readonly NamedAlarm[] = []): readonly NamedAlarm[] {
  return alarms
    .filter(({ state }) => state === 'ALARM')
    .sort(({ since: a = '' }, { since: b = '' }) => (a < b ? 1 : a > b ? -1 : 0))
}

export function named(alarms: readonly Alarm[]): NamedAlarm[] {
  const common = commonStart(alarms.map(({ name }) => name))
  return alarms.map((alarm) => ({
    ...alarm,
    short: alarm.name.slice(common),
    description: withoutRunbook(alarm.description),
  }))
}

/** Removes the address of the runbook, because the console shows a link: `… See docs/operations.md#dead-letters`. */
function withoutRunbook(description: string): string {
  return description.replace(/\s*(?:See|Runbook:?)\s+\S+#\S+\s*$/i, '')
}
