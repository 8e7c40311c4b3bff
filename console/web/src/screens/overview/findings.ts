import type { Lane, Stats } from '../../api/types.ts'
import { inAlarm, type NamedAlarm } from '../../live/alarms.ts'

/** Something that a person should know of now. */
export type Finding =
  | { readonly kind: 'alarm'; readonly alarm: NamedAlarm }
  | { readonly kind: 'dead'; readonly jobs: number }
  | { readonly kind: 'paused'; readonly lane: Lane; readonly waiting: number }
  | { readonly kind: 'leftovers'; readonly messages: number }
  | { readonly kind: 'retrying'; readonly jobs: number }

/** What is wrong, the worst first. Nothing: all is well. */
export function findings(
  { jobs, lanes: depths }: Stats,
  lanes: readonly Lane[],
  alarms: readonly NamedAlarm[],
): Finding[] {
  const deadLetters = depths.reduce((sum, lane) => sum + lane.dead, 0)
  return [
    ...inAlarm(alarms).map((alarm): Finding => ({ kind: 'alarm', alarm })),
    ...(jobs.dead > 0 ? [{ kind: 'dead', jobs: jobs.dead } as const] : []),
    ...lanes.filter(({ state }) => state === 'paused').map((lane) => paused(lane, depths)),
    ...(jobs.dead === 0 && deadLetters > 0 ? [{ kind: 'leftovers', messages: deadLetters } as const] : []),
    ...(jobs.retrying > 0 ? [{ kind: 'retrying', jobs: jobs.retrying } as const] : []),
  ]
}

function paused(lane: Lane, depths: Stats['lanes']): Finding {
  return { kind: 'paused', lane, waiting: depths.find(({ name }) => name === lane.name)?.visible ?? 0 }
}
