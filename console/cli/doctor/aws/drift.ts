import {
  type CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation'
import type { Finding } from '../finding.ts'

type Client = Pick<CloudFormationClient, 'send'>

export interface DriftHow {
  /** Compare now, instead of telling what the last comparison found. */
  readonly drift: boolean
  readonly sleep: (ms: number) => Promise<void>
}

/** Whether what runs is still what was deployed, or somebody changed it by hand. */
export async function drift(
  client: Client,
  stack: string,
  { drift, sleep }: DriftHow,
): Promise<Omit<Finding, 'check'>> {
  if (drift) await detect(client, stack, sleep)
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }))
  const { StackDriftStatus: status, LastCheckTimestamp: at } = Stacks?.[0]?.DriftInformation ?? {}
  const when = at ? ` at ${at.toISOString().slice(0, 16).replace('T', ' ')}Z` : ''
  if (status === 'IN_SYNC') return { state: 'ok', found: `none${when}` }
  if (status === 'DRIFTED')
    return {
      state: 'fail',
      found: `resources differ from the template${when}`,
      next: `aws cloudformation describe-stack-resource-drifts --stack-name ${stack}; a deploy sets them right`,
    }
  return { state: 'skip', found: 'never compared', next: 'outbox doctor --drift compares; it takes minutes' }
}

const everyMs = 3_000
const tries = 100

async function detect(client: Client, stack: string, sleep: DriftHow['sleep']): Promise<void> {
  const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName: stack }))
  for (let i = 0; i < tries; i++) {
    const answer = await client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }))
    if (answer.DetectionStatus !== 'DETECTION_IN_PROGRESS') return
    await sleep(everyMs)
  }
}
