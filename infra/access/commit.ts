import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import type { TableNames } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import {
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
 * read how far a job is, and if it has debounced jobs, it can change a job that waits.
 */
export function commitGrants(tables: TableArns, { hasUniqueJobs, hasDebouncedJobs }: Uniqueness): Grant[] {
  const grants = [
    { on: [tables.records], actions: readAndWrite },
    listGrant(tables),
    { on: [tables.outbox], actions: dynamodb('PutItem') },
    ...(hasUniqueJobs ? uniqueKeyGrants(tables) : []),
    ...(hasDebouncedJobs ? [putOffGrant(tables)] : []),
  ]
  return withTableKeys(grants, tables)
}

/** Names of the tables, for `outbox()` of functions/client. */
export function commitEnvironment(
  scope: Construct,
  { records, outbox, effects }: TableNames,
  { hasUniqueJobs }: Pick<OutboxContext, 'hasUniqueJobs'>,
): Record<string, string> {
  const names = { records, outbox, ...(hasUniqueJobs ? { effects } : {}) }
  return { [env.committer]: Stack.of(scope).toJsonString(names) }
}
