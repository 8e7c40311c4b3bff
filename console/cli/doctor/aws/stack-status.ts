import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import type { Finding } from '../finding.ts'

/** Whether the last deploy came to its end. */
export async function stackStatus(
  client: Pick<CloudFormationClient, 'send'>,
  name: string,
): Promise<Omit<Finding, 'check'>> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }))
  const { StackStatus: status = 'gone', LastUpdatedTime, CreationTime } = stack ?? {}
  const at = (LastUpdatedTime ?? CreationTime)?.toISOString().slice(0, 16).replace('T', ' ')
  const found = `${name} is ${status}${at ? `, deployed ${at}Z` : ''}`
  if (status.endsWith('_IN_PROGRESS'))
    return { state: 'warn', found, next: 'A deploy is under way: ask again when it has ended' }
  if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') return { state: 'ok', found }
  // It has never been complete: nothing in it holds data.
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED')
    return {
      state: 'fail',
      found,
      next: 'Its first deploy failed: fix the cause, which its events tell, and deploy again',
    }
  return { state: 'fail', found, next: 'Its events in the CloudFormation console say why; then deploy again' }
}
