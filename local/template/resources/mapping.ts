import { z } from 'zod'
import type { QueueMapping, StreamMapping } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { functionName } from './function.ts'
import { boolean, ignored, number, present } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const whole = (from: number, to: number) => number.pipe(z.int().min(from).max(to))

const properties = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: boolean.default(true),
  BatchSize: whole(1, 10_000).optional(),
  MaximumBatchingWindowInSeconds: whole(0, 300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  FilterCriteria: z
    .strictObject({
      Filters: z.array(z.strictObject({ Pattern: z.string() })).max(5, 'a mapping has 5 filters at most'),
    })
    .optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).optional(),
  ParallelizationFactor: whole(1, 10).default(1),
  BisectBatchOnFunctionError: boolean.default(false),
  MaximumRetryAttempts: whole(-1, 10_000).default(-1),
  MaximumRecordAgeInSeconds: z.union([number.pipe(z.literal(-1)), whole(60, 604_800)]).default(-1),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }).optional() }).optional(),
  ScalingConfig: z.strictObject({ MaximumConcurrency: whole(2, 1000).optional() }).optional(),
  MetricsConfig: ignored,
  Tags: ignored,
})

type Mapping = Resource<z.infer<typeof properties>>

export const mappingRules = {
  'AWS::Lambda::EventSourceMapping': {
    identity: ({ logicalId, arn }) => ({
      ref: logicalId,
      attributes: { Id: logicalId, EventSourceMappingArn: arn('lambda', `event-source-mapping:${logicalId}`) },
    }),
    properties,
  } satisfies Rule,
}

export function readMappings(resources: Resources): (StreamMapping | QueueMapping)[] {
  return resources.of(mappingRules).map((mapping) => {
    const source = mapping.properties.EventSourceArn
    if (source.startsWith('arn:aws:sqs:')) return queueMapping(mapping, source)
    if (/^arn:aws:dynamodb:.*\/stream\//.test(source)) return streamMapping(mapping, source)
    throw new TemplateError(mapping, `it reads from ${source}`, 'Only SQS queues and DynamoDB streams are emulated')
  })
}

function common(mapping: Mapping, defaultBatchSize: number) {
  const { properties, logicalId } = mapping
  return {
    logicalId,
    functionName: functionName(properties.FunctionName),
    enabled: properties.Enabled,
    batchSize: properties.BatchSize ?? defaultBatchSize,
    windowSeconds: properties.MaximumBatchingWindowInSeconds,
    reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    filters: properties.FilterCriteria?.Filters.map(({ Pattern }) => parsePattern(Pattern, mapping)) ?? [],
  }
}

function queueMapping(mapping: Mapping, queueArn: string): QueueMapping {
  const maximumConcurrency = mapping.properties.ScalingConfig?.MaximumConcurrency
  const read = { kind: 'queue', queueArn, ...common(mapping, 10), ...present({ maximumConcurrency }) } as const
  const fifo = queueArn.endsWith('.fifo')
  if (fifo && (read.batchSize > 10 || read.windowSeconds > 0)) {
    throw new TemplateError(
      mapping,
      'it batches a FIFO queue',
      'Lambda takes at most 10 of its messages, without a window',
      { refusedByAws: true },
    )
  }
  if (read.batchSize > 10 && read.windowSeconds < 1) {
    throw new TemplateError(mapping, 'BatchSize is above 10', 'Set MaximumBatchingWindowInSeconds to 1 or more', {
      refusedByAws: true,
    })
  }
  return read
}

function streamMapping(mapping: Mapping, streamArn: string): StreamMapping {
  const { properties } = mapping
  if (!properties.StartingPosition)
    throw new TemplateError(mapping, 'it has no StartingPosition', 'Set TRIM_HORIZON', { refusedByAws: true })
  return {
    kind: 'stream',
    streamArn,
    ...common(mapping, 100),
    startingPosition: properties.StartingPosition,
    parallelizationFactor: properties.ParallelizationFactor,
    bisectOnError: properties.BisectBatchOnFunctionError,
    maximumRetries: properties.MaximumRetryAttempts,
    maximumRecordAgeSeconds: properties.MaximumRecordAgeInSeconds,
    ...present({ onFailureArn: properties.DestinationConfig?.OnFailure?.Destination }),
  }
}

function parsePattern(pattern: string, mapping: Mapping): unknown {
  try {
    return JSON.parse(pattern)
  } catch {
    throw new TemplateError(mapping, `the filter pattern ${pattern} is not JSON`, 'Correct it', { refusedByAws: true })
  }
}
