import { z } from 'zod'
import type { Queue } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { storageKeyArn } from './key.ts'
import { readStatements, statements } from './policy-document.ts'
import { boolean, ignored, number, present } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const seconds = (from: number, to: number) => number.pipe(z.int().min(from).max(to)).optional()

const properties = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: boolean.default(false),
  VisibilityTimeout: seconds(0, 43_200),
  DelaySeconds: seconds(0, 900),
  MessageRetentionPeriod: seconds(60, 1_209_600),
  ReceiveMessageWaitTimeSeconds: seconds(0, 20),
  MaximumMessageSize: number.pipe(z.int().min(1024).max(1_048_576)).optional(),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: number.pipe(z.int().min(1).max(1000)) })
    .optional(),
  RedriveAllowPolicy: z.record(z.string(), z.unknown()).optional(),
  ContentBasedDeduplication: boolean.optional(),
  DeduplicationScope: z.enum(['queue', 'messageGroup']).optional(),
  FifoThroughputLimit: z.enum(['perQueue', 'perMessageGroupId']).optional(),
  SqsManagedSseEnabled: ignored,
  KmsMasterKeyId: z.string().optional(),
  KmsDataKeyReusePeriodSeconds: ignored,
  Tags: ignored,
})

type Properties = z.infer<typeof properties>

const queue: Rule<Properties> = {
  identity: ({ awsPort, name, arn, property }) => {
    const physical = name('QueueName')
    // A FIFO queue without a name of its own gets one that ends in `.fifo`, as CloudFormation generates it.
    const fifo = property('FifoQueue') === 'true' && !physical.endsWith('.fifo')
    const QueueName = fifo ? `${physical}.fifo` : physical
    const QueueUrl = `http://127.0.0.1:${awsPort}/000000000000/${QueueName}`
    return { ref: QueueUrl, attributes: { Arn: arn('sqs', QueueName), QueueName, QueueUrl } }
  },
  properties,
}

const policy = {
  identity: ({ logicalId }) => ({ ref: logicalId, attributes: { Id: logicalId } }),
  properties: z.strictObject({ PolicyDocument: statements, Queues: z.array(z.string()) }),
} satisfies Rule

const queueRule = { 'AWS::SQS::Queue': queue }
const policyRule = { 'AWS::SQS::QueuePolicy': policy }
export const queueRules = { ...queueRule, ...policyRule }

export function readQueues(resources: Resources): Queue[] {
  const policies = resources.of(policyRule)
  const all = resources.of(queueRule)
  return all.map((resource) => {
    checkRedrive(resource, all)
    const own = policies.filter(({ properties }) => properties.Queues.includes(resource.ref))
    const documents = own.map(({ properties }) => properties.PolicyDocument)
    return {
      logicalId: resource.logicalId,
      name: resource.attributes.QueueName ?? '',
      arn: resource.attributes.Arn ?? '',
      url: resource.ref,
      fifo: resource.properties.FifoQueue,
      attributes: {
        ...queueAttributes(resource.properties),
        ...(documents[0] && { Policy: JSON.stringify(documents[0]) }),
      },
      ...present({ keyArn: storageKeyArn(resources, resource.properties.KmsMasterKeyId) }),
      policy: documents.flatMap((document, i) => readStatements(document, own[i] ?? resource)),
    }
  })
}

/** The properties that are attributes, by the same names; objects become JSON text. */
function queueAttributes({ QueueName: _, FifoQueue, ...properties }: Properties): Record<string, string> {
  const unused = ['SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'Tags']
  const entries = Object.entries({ ...properties, ...(FifoQueue && { FifoQueue }) })
  const attributes = entries.filter(([name, value]) => value !== undefined && !unused.includes(name))
  return Object.fromEntries(
    attributes.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  )
}

function checkRedrive(resource: Resource<Properties>, all: readonly Resource<Properties>[]): void {
  const arn = resource.properties.RedrivePolicy?.deadLetterTargetArn
  if (arn === undefined) return
  const target = all.find(({ attributes }) => attributes.Arn === arn)
  if (!target) throw new TemplateError(resource, `its dead-letter queue ${arn} is not in this stack`, 'Define it here')
  if (target.properties.FifoQueue === resource.properties.FifoQueue) return
  throw new TemplateError(
    resource,
    'it and its dead-letter queue are not both FIFO',
    'SQS wants the same kind of queue',
    { refusedByAws: true },
  )
}
