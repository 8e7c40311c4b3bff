import type { IconName } from '../components/icon.tsx'

interface ScreenEntry {
  readonly path: string
  readonly name: string
  /** Where there is little room. */
  readonly short?: string
  readonly icon: IconName
  /** After `g`. */
  readonly key: string
}

/** The screens that the navigation names, and the keys that lead there. */
export const screens: readonly ScreenEntry[] = [
  { path: '', name: 'Overview', icon: 'overview', key: 'o' },
  { path: 'alarms', name: 'Alarms', icon: 'alarm', key: 'a' },
  { path: 'dead-letters', name: 'Dead letters', short: 'Dead', icon: 'deadLetters', key: 'd' },
  { path: 'jobs', name: 'Jobs', icon: 'jobs', key: 'j' },
  { path: 'batches', name: 'Batches', icon: 'batches', key: 'b' },
  { path: 'schedules', name: 'Schedules', icon: 'schedules', key: 's' },
  { path: 'usage', name: 'Usage and cost', short: 'Usage', icon: 'usage', key: 'u' },
  { path: 'actions', name: 'Actions', icon: 'actions', key: 'w' },
]
