import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const traced = new StageTemplate('prod', { tracing: 'true' })
const dev = new StageTemplate('dev')
const local = new StageTemplate('local')
const names = (template: StageTemplate) =>
  template.ofType('AWS::Lambda::Function').map(({ Properties }) => template.say({ Ref: idOf(template, Properties) }))
const idOf = (template: StageTemplate, properties: unknown) =>
  template.resources.find((resource) => resource.Properties === properties)!.id
const variables = (template: StageTemplate, name: string) =>
  template.named('AWS::Lambda::Function', name).Properties.Environment.Variables

test('there is one for the API, two for the stream, one per lane, three that come by the clock and one for an alarm', () => {
  expect(names(prod).sort()).toEqual([
    'api',
    'circuit-breaker',
    'consume-bulk',
    'consume-default',
    'consume-ordered',
    'consume-urgent',
    'reconcile',
    'relay',
    'relay-ordered',
    'schedule',
    'sweep',
  ])
})

describe.each(names(prod))('%s', (name) => {
  const { Properties } = prod.named('AWS::Lambda::Function', name)

  test('runs on Node 24 and arm64', () => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' })
  })

  test('writes to a log group of the stack, kept as long as the stage says', () => {
    const group = (template: StageTemplate) => {
      const { LogGroup } = template.named('AWS::Lambda::Function', name).Properties.LoggingConfig
      return template.byId(LogGroup.Ref)
    }
    expect(group(prod).Properties).toMatchObject({
      LogGroupName: `/aws/lambda/OutboxRelay-prod-${name}`,
      RetentionInDays: 90,
    })
    expect(group(prod).DeletionPolicy).toBe('RetainExceptOnCreate')
    expect(group(dev).Properties.RetentionInDays).toBe(14)
    expect(group(dev).DeletionPolicy).toBe('Delete')
  })

  test('is traced where the stage asks for it, because traces cost more than the jobs', () => {
    expect(traced.named('AWS::Lambda::Function', name).Properties.TracingConfig).toEqual({ Mode: 'Active' })
    expect(Properties.TracingConfig).toBeUndefined()
    expect(local.named('AWS::Lambda::Function', name).Properties.TracingConfig).toBeUndefined()
  })

  test('knows its stage, and where its metrics belong', () => {
    expect(variables(prod, name)).toMatchObject({
      STAGE: 'prod',
      POWERTOOLS_SERVICE_NAME: 'OutboxRelay-prod',
      POWERTOOLS_METRICS_NAMESPACE: 'OutboxRelay',
    })
  })

  test('logs what its own code says from INFO on, and of Lambda what went wrong', () => {
    // Above INFO, Lambda would drop the metrics: their lines have no level, so it takes them for INFO.
    expect(Properties.LoggingConfig).toMatchObject({
      LogFormat: 'JSON',
      ApplicationLogLevel: 'INFO',
      SystemLogLevel: 'WARN',
    })
  })
})

test.each(['api', 'consume-urgent', 'sweep', 'schedule', 'reconcile'])('%s knows the three tables', (name) => {
  const { RECORDS_TABLE, OUTBOX_TABLE, EFFECTS_TABLE } = variables(prod, name)
  expect([RECORDS_TABLE, OUTBOX_TABLE, EFFECTS_TABLE].map((ref) => prod.say(ref))).toEqual([
    'records',
    'outbox',
    'effects',
  ])
})

/** The mapping that feeds the consumer of a lane. */
function mappingOf(lane: string): { Ref: string } {
  const consumer = prod.named('AWS::Lambda::Function', `consume-${lane}`).id
  const found = prod
    .ofType('AWS::Lambda::EventSourceMapping')
    .find(({ Properties }) => Properties.FunctionName.Ref === consumer)
  return { Ref: found!.id }
}

test.each(['api', 'reconcile'])('%s knows the mapping of every lane, in the order of the application', (name) => {
  const mappings = ['urgent', 'default', 'bulk', 'ordered'].map(mappingOf)
  expect(variables(prod, name).MAPPINGS).toEqual({ 'Fn::Join': [',', mappings] })
})

test('the consumers send mail from the configured address, and only where there is one', () => {
  expect(variables(local, 'consume-default').MAIL_SENDER).toBe('orders@example.com')
  expect(variables(dev, 'consume-default')).not.toHaveProperty('MAIL_SENDER')
  const configured = new StageTemplate('dev', { mailSender: 'shop@example.com' })
  expect(variables(configured, 'consume-default').MAIL_SENDER).toBe('shop@example.com')
})

test('probes exist where they are allowed: in all that knows the job types', () => {
  for (const name of ['api', 'consume-default', 'sweep', 'schedule', 'reconcile']) {
    expect(variables(local, name).PROBES).toBe('true')
    expect(variables(dev, name).PROBES).toBe('true')
    expect(variables(prod, name)).not.toHaveProperty('PROBES')
  }
})

test('consumers post to private addresses on this machine only', () => {
  for (const name of ['consume-urgent', 'consume-default', 'consume-bulk', 'consume-ordered']) {
    expect(variables(local, name).ALLOW_PRIVATE_WEBHOOKS).toBe('true')
    expect(variables(dev, name)).not.toHaveProperty('ALLOW_PRIVATE_WEBHOOKS')
    expect(variables(prod, name)).not.toHaveProperty('ALLOW_PRIVATE_WEBHOOKS')
  }
})

test.each([
  { name: 'sweep', Timeout: 75, MemorySize: 256 },
  { name: 'schedule', Timeout: 30, MemorySize: 256 },
  { name: 'reconcile', Timeout: 900, MemorySize: 512 },
])('$name has the time and the memory for its work, of a concurrency that all share', ({ name, ...limits }) => {
  const { Properties } = prod.named('AWS::Lambda::Function', name)
  expect(Properties).toMatchObject(limits)
  expect(Properties.ReservedConcurrentExecutions).toBeUndefined()
})
