import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env, listIndex } from '../../shared/lib/names.ts'
import { dynamodb, type Grant, keyGrants, readAndWrite } from '../access/grants.ts'
import type { Tables } from '../storage/tables.ts'

/** What it takes to commit a change from a function of the adopter's own. Of jobs, it can neither read nor change any. */
export function commitGrants(tables: Tables): Grant[] {
  return [
    { on: [tables.records.tableArn], actions: readAndWrite },
    { on: [`${tables.records.tableArn}/index/${listIndex.name}`], actions: dynamodb('Query') },
    { on: [tables.outbox.tableArn], actions: dynamodb('PutItem') },
    ...keyGrants(tables),
  ]
}

/** Where the tables are, for `outbox()` of functions/client. */
export function commitEnvironment(scope: Construct, { records, outbox }: Tables): Record<string, string> {
  const names = { records: records.tableName, outbox: outbox.tableName }
  return { [env.committer]: Stack.of(scope).toJsonString(names) }
}
