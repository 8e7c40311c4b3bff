import { CfnResource, type Stack } from 'aws-cdk-lib'
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'

/** Bytes of the environment that Lambda allows a function: names and values together. */
export const mostEnvironmentBytes = 4_096

/** Bytes of what CloudFormation puts in for a reference: the longest that AWS gives, with the name of the resource. */
const bytesOf: Readonly<Record<string, (name: string) => number>> = {
  'AWS::Lambda::EventSourceMapping': () => 36,
  'AWS::DynamoDB::Table': (name) => name.length,
  'AWS::Lambda::Function': (name) => name.length,
  'AWS::SQS::Queue': (name) => 'https://sqs.ap-southeast-2.amazonaws.com.cn/123456789012/'.length + name.length,
}
/** An ARN with a UUID, as that of a key, or an imported value. */
const longestOther = 128

/** Returns what counts the bytes of a function's environment as it is after the deploy. References count at their longest. */
export function environmentCounter(stack: Stack): (fn: LambdaFunction) => number {
  const resources = resourcesOf(stack)
  const bytes = (value: unknown): number => {
    if (typeof value === 'string') return Buffer.byteLength(value)
    const { Ref: id = '', 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] }
    if (join) return join[1].reduce<number>((sum, part) => sum + bytes(part) + join[0].length, 0)
    const resource = resources.get(id)
    return bytesOf[resource?.cfnResourceType ?? '']?.(nameOf(stack, resource)) ?? longestOther
  }
  return (fn) => {
    const { environment } = fn.node.defaultChild as CfnFunction
    const { variables = {} } = (stack.resolve(environment) ?? {}) as { variables?: Record<string, unknown> }
    return Object.entries(variables).reduce((sum, [name, value]) => sum + name.length + bytes(value), 0)
  }
}

/** The resources of a stack by logical id. */
function resourcesOf(stack: Stack): ReadonlyMap<string, CfnResource> {
  const resources = stack.node.findAll().filter((one) => one instanceof CfnResource)
  return new Map(resources.map((one) => [stack.resolve(one.logicalId), one]))
}

function nameOf(stack: Stack, resource: unknown): string {
  const { tableName, queueName, functionName } = resource as Partial<Record<string, unknown>>
  const name = stack.resolve(tableName ?? queueName ?? functionName)
  // Without a name of its own, CloudFormation makes one from the logical id.
  return typeof name === 'string' ? name : 'x'.repeat(80)
}
