import { type CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation'

/** A resource of the stack: `AWS::SQS::Queue`, and the id that its service knows it by. */
export interface Resource {
  readonly type: string
  readonly id: string
}

export async function resourcesOf(client: Pick<CloudFormationClient, 'send'>, stack: string): Promise<Resource[]> {
  const found: Resource[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(new ListStackResourcesCommand({ StackName: stack, ...(NextToken && { NextToken }) }))
    for (const { ResourceType: type = '', PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
      if (id) found.push({ type, id })
    }
    NextToken = page.NextToken
  } while (NextToken)
  return found
}

export function ofType(resources: readonly Resource[], type: string): string[] {
  return resources.filter((resource) => resource.type === type).map(({ id }) => id)
}

/** The last part of a URL or ARN. */
export function lastPart(id: string): string {
  return id.split(/[/:]/).at(-1) ?? id
}
