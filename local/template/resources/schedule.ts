import { z } from 'zod'
import type { Schedule } from '../../model.ts'
import { functionName } from './function.ts'
import { ignored, number, present } from './properties.ts'
import type { Resources, Rule } from './rule.ts'

const groupRule = {
  'AWS::Scheduler::ScheduleGroup': {
    identity: ({ name, arn }) => ({
      ref: name('Name'),
      attributes: { Arn: arn('scheduler', `schedule-group/${name('Name')}`) },
    }),
    properties: z.strictObject({ Name: z.string().optional(), Tags: ignored }),
  } satisfies Rule,
}

const scheduleRule = {
  'AWS::Scheduler::Schedule': {
    identity: ({ name, arn, property }) => {
      const path = `${property('GroupName') || 'default'}/${name('Name')}`
      return { ref: name('Name'), attributes: { Arn: arn('scheduler', `schedule/${path}`) } }
    },
    properties: z.strictObject({
      Name: z.string().optional(),
      GroupName: z.string().default('default'),
      ScheduleExpression: z.string().regex(/^(rate|cron|at)\(.+\)$/, 'must be rate(…), cron(…) or at(…)'),
      ScheduleExpressionTimezone: z.string().default('UTC'),
      State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
      FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
      Target: z.strictObject({
        Arn: z.string().regex(/:function:/, 'is not a function; other targets are not emulated'),
        RoleArn: z.string(),
        Input: z.string().optional(),
        RetryPolicy: z
          .strictObject({
            MaximumRetryAttempts: number.pipe(z.int().min(0).max(185)).optional(),
            MaximumEventAgeInSeconds: number.pipe(z.int().min(60).max(86_400)).optional(),
          })
          .optional(),
        DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
      }),
      Description: ignored,
    }),
  } satisfies Rule,
}

export const scheduleRules = { ...groupRule, ...scheduleRule }

export function readSchedules(resources: Resources): Schedule[] {
  return resources.of(scheduleRule).map(({ logicalId, ref, properties }) => ({
    logicalId,
    name: ref,
    groupName: properties.GroupName,
    expression: properties.ScheduleExpression,
    timezone: properties.ScheduleExpressionTimezone,
    enabled: properties.State === 'ENABLED',
    functionName: functionName(properties.Target.Arn),
    roleArn: properties.Target.RoleArn,
    // Scheduler's own defaults: 185 retries within 24 hours.
    maximumRetries: properties.Target.RetryPolicy?.MaximumRetryAttempts ?? 185,
    maximumEventAgeSeconds: properties.Target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    ...present({ input: properties.Target.Input, deadLetterArn: properties.Target.DeadLetterConfig?.Arn }),
  }))
}
