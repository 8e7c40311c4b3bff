import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** Name of a resource that belongs to all regions of an account. With the region, a stage can be deployed to two regions. */
export function accountWideName(scope: Construct, name: string): string {
  return `${name}-${Stack.of(scope).region}`
}
