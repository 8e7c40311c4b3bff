import { describe, expect, test } from 'vitest'
import { allButLanes, onlyLanes } from '../../infra/lanes/stream-filter.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { StageTemplate } from './support/template.ts'

const template = new StageTemplate('prod')
const relay = (name: string) => template.named('AWS::Lambda::Function', name)
const mapping = (name: string) => {
  const [only, ...more] = template
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ Properties }) => Properties.FunctionName.Ref === relay(name).id)
  expect(more).toEqual([])
  return only!.Properties
}
const patterns = (name: string) =>
  mapping(name).FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))
const lane = (values: unknown[]) => ({ eventName: ['INSERT'], dynamodb: { NewImage: { lane: { S: values } } } })
const isReleased = { releasedAt: { S: [{ exists: true }] } }
const released = (values: unknown[]) => ({
  eventName: ['MODIFY'],
  dynamodb: { NewImage: { lane: { S: values }, ...isReleased } },
})

describe('which relay sees what', () => {
  test('the ordered relay sees items of ordered lanes that are inserted or released', () => {
    expect(patterns('relay-ordered')).toEqual([lane(['ordered']), released(['ordered'])])
  })

  test('the other sees all else that is inserted or released, also items without a readable lane', () => {
    const others = [{ 'anything-but': ['ordered'] }]
    expect(patterns('relay')).toEqual([lane(others), lane([{ exists: false }]), released(others)])
  })

  test('without ordered lanes one relay sees every insert and every release', () => {
    const all = { eventName: ['MODIFY'], dynamodb: { NewImage: isReleased } }
    expect(allButLanes([])).toEqual([{ eventName: ['INSERT'] }, all])
  })

  test('several ordered lanes are told apart from the rest as one set', () => {
    expect(onlyLanes(['a', 'b'])).toEqual([lane(['a', 'b']), released(['a', 'b'])])
    expect(allButLanes(['a', 'b'])[0]).toEqual(lane([{ 'anything-but': ['a', 'b'] }]))
  })

  test('two read the stream, as many as a shard serves', () => {
    const readers = template
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ Properties }) => Properties.StartingPosition)
    expect(readers).toHaveLength(2)
  })
})

describe.each([
  { name: 'relay', parallel: 4, lanes: ['urgent', 'default', 'bulk'], suffix: '' },
  { name: 'relay-ordered', parallel: 1, lanes: ['ordered'], suffix: '.fifo' },
])('$name', ({ name, parallel, lanes, suffix }) => {
  test('reads the outbox from its oldest record', () => {
    expect(template.say(mapping(name).EventSourceArn)).toBe('outbox/stream')
    expect(mapping(name).StartingPosition).toBe('TRIM_HORIZON')
  })

  test('goes on behind the record that failed, and splits a batch that breaks it', () => {
    expect(mapping(name)).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    })
  })

  test('tries for hours, but gives up before the stream forgets', () => {
    const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = mapping(name)
    expect(MaximumRetryAttempts).toBe(10_000)
    expect(MaximumRecordAgeInSeconds).toBe(20 * 3600)
    expect(MaximumRecordAgeInSeconds).toBeLessThan(24 * 3600)
  })

  test('leaves what it gave up in the failure queue', () => {
    expect(template.say(mapping(name).DestinationConfig.OnFailure.Destination)).toBe('relay-failures')
  })

  test('waits for no fuller batch, and keeps order where it is promised', () => {
    expect(mapping(name)).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: parallel,
    })
  })

  test('knows its lanes and the failure queue; only the ordered relay knows a table, and the queue of timers', () => {
    const { LANES, RELAY_FAILURES_URL, ...rest } = relay(name).Properties.Environment.Variables
    expect(JSON.parse(LANES)).toEqual({ [suffix ? 'ordered' : 'standard']: lanes })
    expect(template.say(rest.QUEUE_URL)).toBe('relay-failures')
    expect(template.say(RELAY_FAILURES_URL)).toBe('relay-failures')
    const own = Object.keys(rest).filter((key) => /_TABLE$|^TIMERS/.test(key))
    expect(own).toEqual(name === 'relay-ordered' ? ['OUTBOX_TABLE', 'TIMERS_URL'] : [])
  })
})

test('the failure queue keeps for as long as SQS can, and is nobody else’s dead-letter queue', () => {
  const { Properties } = template.named('AWS::SQS::Queue', 'relay-failures')
  expect(Properties.MessageRetentionPeriod).toBe(lifetimes.deadLetterRetention)
  expect(Properties.RedriveAllowPolicy).toEqual({ redrivePermission: 'denyAll' })
})

describe('the queue of timers', () => {
  test('forgets what failed, after the sweeps have done its work', () => {
    const { Properties } = template.named('AWS::SQS::Queue', 'release-timers')
    expect(Properties).toMatchObject({ MessageRetentionPeriod: 600, VisibilityTimeout: 75 })
    expect(Properties.RedrivePolicy).toBeUndefined()
  })

  test('invokes the sweeper as soon as a timer comes', () => {
    const fn = template.named('AWS::Lambda::Function', 'sweep')
    const [timers] = template
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ Properties }) => Properties.FunctionName.Ref === fn.id)
    expect(template.say(timers?.Properties.EventSourceArn)).toBe('release-timers')
    expect(timers?.Properties).toMatchObject({ BatchSize: 10, ScalingConfig: { MaximumConcurrency: 20 } })
    expect(timers?.Properties.MaximumBatchingWindowInSeconds ?? 0).toBe(0)
    expect(fn.Properties.Timeout).toBe(75)
  })
})
