/** What grows with the number of lanes, and has a limit on AWS. */
import { App, Stack } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { environmentCounter } from '../../infra/config/environment-size.ts'
import { OutboxFunction } from '../../infra/function.ts'
import { OutboxRelay } from '../../infra/outbox-relay.ts'
import { defineApplication } from '../../shared/define/application.ts'
import { defineLane } from '../../shared/define/lane.ts'
import type { Props } from './support/template.ts'

/** A stack of so many lanes, each with the longest name, two thirds of them with a circuit breaker. */
function stackOf(count: number) {
  const lanes = Array.from({ length: count }, (_, i) =>
    defineLane({
      name: `a-long-lane-name-${String(i).padStart(3, '0')}`,
      kind: i % 4 === 0 ? 'ordered' : 'standard',
      timeoutSeconds: 15,
      memoryMb: 256,
      batchSize: 10,
      maximumConcurrency: 2,
      lateAfterSeconds: 600,
      ...(i % 3 === 0 ? {} : { circuitBreaker: { failures: 1_000_000, withinSeconds: 3_600 } }),
    }),
  )
  const application = defineApplication({ module: import.meta.url, jobs: [], lanes })
  const app = new App({
    context: {
      'aws:cdk:bundling-stacks': [],
      // CloudFormation's limit of 500 resources comes earlier than the limits of this test.
      '@aws-cdk/core:stackResourceLimit': 0,
    },
  })
  const stack = new Stack(app, 'Stack')
  const outbox = new OutboxRelay(stack, 'Outbox', { application, name: 'a-prefix-of-23-letters0' })
  return { app, stack, outbox }
}

describe('a stack of 40 lanes with the longest names', () => {
  const { app, stack, outbox } = stackOf(40)
  const resources = Object.values<Props>(app.synth().getStackByName('Stack').template.Resources)
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties)

  test('gives no function more environment than Lambda takes', () => {
    const functions = outbox.node.findAll().filter((one) => one instanceof OutboxFunction)
    expect(functions.length).toBeGreaterThan(40)
    const bytesOf = environmentCounter(stack)
    for (const { name, lambda } of functions) expect([name, bytesOf(lambda) <= 4_096]).toEqual([name, true])
  })

  test('has no alarm widget with more than 100 alarms, and every alarm in one of them', () => {
    const [dashboard] = ofType('AWS::CloudWatch::Dashboard')
    const widgets: Props[] = JSON.parse(dashboardText(dashboard!)).widgets
    const lists = widgets.flatMap(({ type, properties }) => (type === 'alarm' ? [properties.alarms as string[]] : []))
    for (const list of lists) expect(list.length).toBeLessThanOrEqual(100)
    expect(lists.flat()).toHaveLength(ofType('AWS::CloudWatch::Alarm').length)
  })

  test('has no policy that IAM refuses', () => {
    const size = (document: Props) => JSON.stringify(deployed(document)).length
    for (const { PolicyDocument } of ofType('AWS::IAM::Policy')) expect(size(PolicyDocument)).toBeLessThan(10_240)
    for (const { PolicyDocument } of ofType('AWS::IAM::ManagedPolicy')) expect(size(PolicyDocument)).toBeLessThan(6_144)
  })
})

test('a stack whose environments do not fit is refused, with the function and its bytes', () => {
  expect(() => stackOf(100)).toThrow(
    /environments fit: the environment of the function "api" has \d{4} bytes; Lambda takes at most 4096/,
  )
})

/** The body of a dashboard with `x` for each reference. */
function dashboardText({ DashboardBody }: Props): string {
  const parts: unknown[] = DashboardBody['Fn::Join'][1]
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join('')
}

const lengthOf: Props = { 'AWS::Region': 14, 'AWS::AccountId': 12, 'AWS::Partition': 6 }

/** A document with text as long as what CloudFormation puts in: a UUID for another `Ref`, an ARN for an attribute. */
function deployed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deployed)
  if (typeof value !== 'object' || value === null) return value
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Props
  if (join) return (deployed(join[1]) as string[]).join(join[0])
  if (ref) return 'x'.repeat(lengthOf[ref] ?? 36)
  if (attribute) return 'x'.repeat(97)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deployed(one)]))
}
