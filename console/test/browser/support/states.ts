import { alarms, inAlarm, metrics, usage } from './fake-aws.ts'
import { batches, membersOf } from './fake-batches.ts'
import { deadLetters, night, otherJobs, schedules } from './fake-data.ts'
import type { FakeState } from './fake-state.ts'

const lanes: FakeState['lanes'] = [
  { name: 'urgent', kind: 'standard', state: 'running' },
  { name: 'default', kind: 'standard', state: 'running' },
  { name: 'bulk', kind: 'standard', state: 'running' },
  { name: 'ordered', kind: 'ordered', state: 'running' },
]

const empty = { visible: 0, inFlight: 0, delayed: 0, dead: 0 }

/** A stack that nobody has used yet. */
export function quiet(): FakeState {
  return {
    letters: [],
    jobs: [],
    hasJobIndex: true,
    emptyPages: 0,
    batches: [],
    members: () => [],
    depths: lanes.map(({ name }) => ({ name, ...empty })),
    lanes: structuredClone(lanes),
    schedules: [],
    actions: [],
    alarms: [...alarms],
    groupsComplete: true,
    perCall: 10_000,
    refuse: undefined,
    refuseActs: undefined,
    redriven: [],
    requests: [],
    looks: 0,
    now: night,
  }
}

/** Two types of the lane `default` have a rate limit, one of them for each key. */
function limited(lanes: FakeState['lanes']): FakeState['lanes'] {
  const limits = [
    { type: 'send-receipt', limit: 14, perSeconds: 1, isKeyed: false, lagSeconds: 754 },
    { type: 'publish-event', limit: 1, perSeconds: 60, isKeyed: true },
  ]
  return lanes.map((lane) => (lane.name === 'default' ? { ...lane, limits } : lane))
}

/** A bad night: 2,000 dead letters of three kinds, and lanes that are busy. */
export function badNight(counts = { mailbox: 312, throttled: 1_204, webhook: 484 }): FakeState {
  return {
    ...quiet(),
    letters: deadLetters(counts),
    jobs: [...otherJobs],
    batches: [...batches],
    members: membersOf,
    depths: [
      { name: 'urgent', ...empty, inFlight: 2 },
      { name: 'default', visible: 1_240, inFlight: 50, delayed: 12, dead: 0, oldestAgeSeconds: 94 },
      { name: 'bulk', visible: 18_311, inFlight: 10, delayed: 0, dead: 0, oldestAgeSeconds: 5_212 },
      { name: 'ordered', ...empty },
    ],
    lanes: limited(structuredClone(lanes)),
    schedules,
    alarms: inAlarm(['bulk-dead-letters', 'default-dead-letters']),
    metrics,
    usage,
    perCall: 400,
    actions: [
      {
        id: 'a-1',
        at: new Date(night - 3_600_000).toISOString(),
        by: 'arn:aws:sts::123456789012:assumed-role/operator/kim',
        action: 'pause lane',
        detail: 'bulk',
      },
    ],
  }
}
