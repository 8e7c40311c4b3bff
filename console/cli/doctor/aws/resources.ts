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
    const page = await client.send(new ListStackResourcesCommand({ StackName: stack, NextToken }))
    for (const { ResourceType: type = '', PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
      if (id) found.push({ type, id })
    }
    NextToken = page.NextToken
  } while (NextToken)
  return found
}

/**
 * The outbox's own among the resources of a stack, which may hold much else of an adopter's, and the prefix of their names.
 * A mapping has no name of its own: whose it is, its function tells.
 */
export function ownOf(all: readonly Resource[], stack: string): { prefix: string; resources: readonly Resource[] } {
  const reconcile = ofType(all, 'AWS::Lambda::Function').find((id) => id.endsWith('-reconcile'))
  const prefix = reconcile?.slice(0, -'-reconcile'.length) ?? stack
  const isOwn = ({ type, id }: Resource) =>
    type === 'AWS::Lambda::EventSourceMapping' || id === prefix || lastPart(id).startsWith(`${prefix}-`)
  return { prefix, resources: all.filter(isOwn) }
}

export function ofType(resources: readonly Resource[], type: string): string[] {
  return resources.filter((resource) => resource.type === type).map(({ id }) => id)
}

/** The last part of a URL or ARN. */
export function lastPart(id: string): string {
  return id.split(/[/:]/).at(-1) ?? id
}
