import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import type { TableNames } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import {
  batchGrant,
  dynamodb,
  type Grant,
  listGrant,
  putOffGrant,
  readAndWrite,
  type TableArns,
  uniqueKeyGrants,
  withTableKeys,
} from './grant.ts'

type Uniqueness = Pick<OutboxContext, 'hasUniqueJobs' | 'hasDebouncedJobs'>

/**
 * Lets a function of the adopter commit changes. It can neither read nor change a job; if the application has unique jobs, it can
 * read how far a job is, and if it has debounced jobs, it can change a job that waits. Of the effects table it can use the
 * items of batches.
 */
export function commitGrants(tables: TableArns, { hasUniqueJobs, hasDebouncedJobs }: Uniqueness): Grant[] {
  const grants = [
    { on: [tables.records], actions: readAndWrite },
    listGrant(tables),
    { on: [tables.outbox], actions: dynamodb('PutItem') },
    batchGrant(tables, 'GetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem'),
    ...(hasUniqueJobs ? uniqueKeyGrants(tables) : []),
    ...(hasDebouncedJobs ? [putOffGrant(tables)] : []),
  ]
  return withTableKeys(grants, tables)
}

/** Lets a function of the adopter read the jobs that it waits for. It may read every job, with its payload and its result. */
export function waitGrants({ outbox, effects }: TableArns): Grant[] {
  return [{ on: [outbox, effects], actions: dynamodb('GetItem') }]
}

/** Names of the tables, for `outbox()` of functions/client. */
export function clientEnvironment(scope: Construct, { records, outbox, effects }: TableNames): Record<string, string> {
  return { [env.clientTables]: Stack.of(scope).toJsonString({ records, outbox, effects }) }
}
