import { z } from 'zod'
import type { KeyAttribute, Table } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { storageKeyArn } from './key.ts'
import { boolean, ignored, present } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))

/** Capacity has no limits here. CloudFormation's default is provisioned. */
const capacity = {
  ProvisionedThroughput: ignored,
  OnDemandThroughput: ignored,
  WarmThroughput: ignored,
  WriteProvisionedThroughputSettings: ignored,
  WriteOnDemandThroughputSettings: ignored,
}

const index = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.strictObject({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
  ...capacity,
})

const properties = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  BillingMode: ignored,
  ...capacity,
  GlobalSecondaryIndexes: z.array(index).default([]),
  LocalSecondaryIndexes: z.array(index).default([]),
  StreamSpecification: z
    .strictObject({ StreamViewType: z.enum(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']) })
    .optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().optional(), Enabled: boolean }).optional(),
  /** A global table with one replica is a table. */
  Replicas: z
    .array(z.looseObject({ SSESpecification: z.looseObject({ KMSMasterKeyId: z.string() }).optional() }))
    .max(1, 'replicas in further regions are not emulated')
    .default([]),
  DeletionProtectionEnabled: ignored,
  PointInTimeRecoverySpecification: ignored,
  SSESpecification: z.looseObject({ SSEEnabled: boolean, KMSMasterKeyId: z.string().optional() }).optional(),
  ContributorInsightsSpecification: ignored,
  TableClass: ignored,
  Tags: ignored,
})

type Properties = z.infer<typeof properties>

const table: Rule<Properties> = {
  identity: ({ name, arn }) => {
    const physical = name('TableName')
    const Arn = arn('dynamodb', `table/${physical}`)
    return { ref: physical, attributes: { Arn, StreamArn: `${Arn}/stream/local`, TableId: physical } }
  },
  properties,
}

export const tableRules = { 'AWS::DynamoDB::Table': table, 'AWS::DynamoDB::GlobalTable': table }

export function readTables(resources: Resources): Table[] {
  return resources.of(tableRules).map((resource) => {
    const { properties, logicalId, ref, attributes } = resource
    const ttl = properties.TimeToLiveSpecification
    const indexOf = ({ IndexName, KeySchema, Projection }: z.infer<typeof index>) => ({
      name: IndexName,
      ...keys(resource, KeySchema),
      projection: present({ type: Projection.ProjectionType, attributes: Projection.NonKeyAttributes }),
    })
    return {
      logicalId,
      name: ref,
      arn: attributes.Arn ?? '',
      ...keys(resource, properties.KeySchema),
      indexes: [
        ...properties.GlobalSecondaryIndexes.map(indexOf),
        ...properties.LocalSecondaryIndexes.map((index) => ({ ...indexOf(index), isLocal: true })),
      ],
      ...present({
        ttlAttribute: ttl?.Enabled ? ttl.AttributeName : undefined,
        streamViewType: properties.StreamSpecification?.StreamViewType,
        streamArn: properties.StreamSpecification && attributes.StreamArn,
        keyArn: storageKeyArn(resources, keyOf(properties)),
      }),
    }
  })
}

/** A global table names a key for each replica. */
function keyOf({ SSESpecification: sse, Replicas: [replica] }: Properties): string | undefined {
  return sse?.SSEEnabled ? (sse.KMSMasterKeyId ?? replica?.SSESpecification?.KMSMasterKeyId) : undefined
}

function keys(table: Resource<Properties>, schema: Properties['KeySchema']) {
  const [partition, sort] = ['HASH', 'RANGE'].map((kind) => schema.find(({ KeyType }) => KeyType === kind))
  if (!partition) throw new TemplateError(table, 'a key schema has no HASH key', 'Give it one', { refusedByAws: true })
  return present({
    partitionKey: attribute(table, partition.AttributeName),
    sortKey: sort && attribute(table, sort.AttributeName),
  })
}

function attribute(table: Resource<Properties>, name: string): KeyAttribute {
  const found = table.properties.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)
  if (found) return { name, type: found.AttributeType }
  throw new TemplateError(table, `the key attribute ${name} has no type`, 'Add it to AttributeDefinitions', {
    refusedByAws: true,
  })
}
