import { awsFailure } from '../../console/api-client/aws-failure.ts'
import { exit, Failure } from '../../console/api-client/failure.ts'
import { clientSettings } from '../../console/api-client/stack.ts'
import type { Asked } from './asked.ts'

/** The stack that `cdk bootstrap` makes, unless it is told another name. */
const toolkit = 'CDKToolkit'

/**
 * The region that will be deployed to, once it is sure that somebody may and can: seconds before the CDK would find out
 * after a minute of work, in many lines.
 *
 * @throws Failure whose message is one line that says what to do
 */
export async function readyAccount({ stack, profile, ownBootstrap }: Asked): Promise<string> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientSettings({ profile }))
  const flag = profile ? ` --profile ${profile}` : ''
  const doing = `deploy ${stack}`
  const region = await client.config.region().catch(() => {
    throw new Failure(exit.usage, `No AWS region is set. Set AWS_REGION, or a region in your AWS profile, to ${doing}`)
  })
  try {
    await client.config.credentials()
    if (!ownBootstrap) await client.send(new DescribeStacksCommand({ StackName: toolkit }))
  } catch (error) {
    const { name = '', message = '' } = error as Error
    if (/does not exist/.test(message))
      throw new Failure(
        exit.unreachable,
        `The CDK has not been set up in this account and region (${region}). Once and for all: npx cdk bootstrap${flag}`,
      )
    // A deployer's role need not be allowed to look; then the CDK tells what there is to tell.
    if (!/AccessDenied/.test(name)) throw awsFailure(error, { name: stack, region, profile, doing })
  }
  return region
}
