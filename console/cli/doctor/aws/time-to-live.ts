import { DescribeTimeToLiveCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Finding, some } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Whether the tables forget by themselves: without it they grow, and every reconciliation costs more. */
export async function timeToLive(
  client: Pick<DynamoDBClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const tables = ofType(resources, 'AWS::DynamoDB::Table')
  const states = await Promise.all(
    tables.map(async (TableName) => {
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }))
      return { TableName, on: /^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '') }
    }),
  )
  const off = states.filter(({ on }) => !on).map(({ TableName }) => TableName)
  if (off.length === 0) return { state: 'ok', found: `${tables.length} tables` }
  return {
    state: 'fail',
    found: `off for ${some(off)}`,
    next: 'Somebody switched it off by hand: deploy the stack again',
  }
}
