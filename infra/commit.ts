import { tablesEnvironment } from './environment.ts'
import { dynamodb, type Grant, keyGrants, readAndWrite } from './grants.ts'
import type { Tables } from './tables.ts'

/** What it takes to commit a change from a function of the adopter's own. It can neither read nor change what others put. */
export function commitGrants(tables: Tables): Grant[] {
  return [
    { on: [tables.records.tableArn], actions: readAndWrite },
    { on: [tables.outbox.tableArn], actions: dynamodb('PutItem') },
    ...keyGrants(tables),
  ]
}

/** Where the tables are, as functions/client reads it. */
export function commitEnvironment(tables: Tables): Record<string, string> {
  return tablesEnvironment(tables)
}
