import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { api } from '../api/api.ts'
import type { Alarm } from '../api/types.ts'
import { commonStart } from '../components/names.ts'
import { type Polled, usePoll } from './poll.ts'

/** An alarm, with how it is called among people of this stack. */
export interface NamedAlarm extends Alarm {
  /** Without what all names of the stack begin with: `bulk-dead-letters`. */
  readonly short: string
  /** What it means, without the address of the runbook, which stands next to it. */
  readonly says: string
}

export const AlarmsContext = createContext<Polled<readonly NamedAlarm[]>>({})

/** Polled once for the whole page: an alarm is told on every screen. */
export function usePolledAlarms(): Polled<readonly NamedAlarm[]> {
  return usePoll('alarms', async (signal) => named((await api.alarms(signal)).alarms), 10_000)
}

export function useAlarms(): Polled<readonly NamedAlarm[]> {
  return useContext(AlarmsContext)
}

/** Those in ALARM, the latest first: the operator has not seen it yet. */
export function inAlarm(alarms: readonly NamedAlarm[] = []): readonly NamedAlarm[] {
  return alarms
    .filter(({ state }) => state === 'ALARM')
    .sort(({ since: a = '' }, { since: b = '' }) => (a < b ? 1 : a > b ? -1 : 0))
}

export function named(alarms: readonly Alarm[]): NamedAlarm[] {
  const common = commonStart(alarms.map(({ name }) => name))
  return alarms.map((alarm) => ({ ...alarm, short: alarm.name.slice(common), says: withoutAddress(alarm.description) }))
}

/** `…: jobs need you. See docs/operations.md#dead-letters` is for readers without a link next to it. */
function withoutAddress(description: string): string {
  return description.replace(/\s*(?:See|Runbook:?)\s+\S+#\S+\s*$/i, '')
}
