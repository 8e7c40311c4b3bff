import { Lazy, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { OutboxFunction } from '../function.ts'

/** `{[function's name]: its memory in MiB}` as JSON, of every function of an outbox: what the usage is computed from. */
export function functionsEnvironment(outbox: IConstruct): string {
  // Not all are there yet.
  return Lazy.string({
    produce: () => {
      const functions = outbox.node.findAll().filter((construct) => construct instanceof OutboxFunction)
      return JSON.stringify(Object.fromEntries(functions.map(({ functionName, memoryMb }) => [functionName, memoryMb])))
    },
  })
}

export function acknowledgeMonitoring(fn: OutboxFunction): void {
  Validations.of(fn).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'CloudWatch has no resources to name: cloudwatch:GetMetricData and DescribeAlarms by prefix take * only.',
  })
}
