import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import type { TableNames } from '../config/environment.ts'
import { dynamodb, type Grant, listGrant, readAndWrite, recordsKeyGrants, type TableArns } from './grant.ts'

/** Lets a function of the adopter commit changes. It can neither read nor change a job. */
export function commitGrants(tables: TableArns): Grant[] {
  return [
    { on: [tables.records], actions: readAndWrite },
    listGrant(tables),
    { on: [tables.outbox], actions: dynamodb('PutItem') },
    ...recordsKeyGrants(tables),
  ]
}

/** Names of the tables, for `outbox()` of functions/client. */
export function commitEnvironment(scope: Construct, { records, outbox }: TableNames): Record<string, string> {
  return { [env.committer]: Stack.of(scope).toJsonString({ records, outbox }) }
}
