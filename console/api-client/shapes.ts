/** What the API answers, as far as this side reads it; the rest passes through. */
import { z } from 'zod'

export const jobStatuses = ['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled'] as const

export const receipt = z.looseObject({ id: z.string(), type: z.string(), status: z.string() })
export const cancelled = receipt.omit({ type: true })

export const job = z.looseObject({
  ...receipt.shape,
  lane: z.string(),
  attempts: z.number(),
  maxAttempts: z.number(),
  createdAt: z.string(),
  runAt: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  nextAttemptAt: z.string().optional(),
  lastError: z.string().optional(),
  failures: z.array(z.looseObject({ attempt: z.number(), at: z.string(), error: z.string() })).optional(),
  links: z.record(z.string(), z.string()).optional(),
  payload: z.unknown(),
})
export type Job = z.infer<typeof job>
export const jobs = z.looseObject({ jobs: z.array(job), next: z.string().optional() })

export const deadLetter = z.looseObject({
  id: z.string(),
  type: z.string(),
  lane: z.string(),
  error: z.string(),
  attempts: z.number(),
  diedAt: z.string(),
})
export const errorGroup = z.looseObject({ type: z.string(), error: z.string(), count: z.number() })
export type ErrorGroup = z.infer<typeof errorGroup>
export const deadLetters = z.looseObject({
  deadLetters: z.array(deadLetter),
  groups: z.array(errorGroup),
  groupsComplete: z.boolean().optional(),
  next: z.string().optional(),
})
export const redriven = z.looseObject({ matched: z.number(), moved: z.number(), complete: z.boolean() })

export const stats = z.looseObject({
  lanes: z.array(
    z.looseObject({
      name: z.string(),
      visible: z.number(),
      inFlight: z.number(),
      delayed: z.number(),
      dead: z.number(),
      oldestAgeSeconds: z.number().optional(),
    }),
  ),
  jobs: z.looseObject({ retrying: z.number(), dead: z.number() }),
})
export type Stats = z.infer<typeof stats>

export const alarm = z.looseObject({
  name: z.string(),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string(),
  description: z.string(),
  since: z.string().optional(),
  runbook: z.string().optional(),
})
export type Alarm = z.infer<typeof alarm>
export const alarms = z.looseObject({ alarms: z.array(alarm) })

export const usage = z.looseObject({
  since: z.string(),
  until: z.string(),
  jobs: z.number(),
  items: z.array(
    z.looseObject({ service: z.string(), what: z.string(), quantity: z.number(), unit: z.string(), usd: z.number() }),
  ),
  usdTotal: z.number(),
  usdPerMillionJobs: z.number().optional(),
  prices: z.looseObject({ region: z.string(), date: z.string() }),
})
export type Usage = z.infer<typeof usage>

export const schedules = z.looseObject({
  schedules: z.array(
    z.looseObject({
      name: z.string(),
      expression: z.string(),
      timezone: z.string(),
      type: z.string(),
      next: z.string().optional(),
    }),
  ),
})

export const laneState = z.looseObject({ name: z.string(), state: z.enum(['running', 'paused', 'changing']) })
export const lanes = z.looseObject({
  lanes: z.array(
    z.looseObject({
      ...laneState.shape,
      kind: z.string(),
      pausedBy: z.string().optional(),
      pausedAt: z.string().optional(),
      pauseReason: z.string().optional(),
    }),
  ),
})

export const actions = z.looseObject({
  actions: z.array(
    z.looseObject({ id: z.string(), at: z.string(), by: z.string(), action: z.string(), detail: z.unknown() }),
  ),
  next: z.string().optional(),
})

export const health = z.looseObject({ status: z.string() })
export const accepted = z.looseObject({})
