/** The records table of the adopter: what its keys are, and whether one transaction reaches it and the outbox. */
import { Stack, Token } from 'aws-cdk-lib'
import { CfnGlobalTable, CfnTable, type ITable, type Table, type TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import { ConfigError } from '../config/config-error.ts'

/** A DynamoDB table. TypeScript's `exactOptionalPropertyTypes` accepts neither class as an `ITable`. */
export type AnyTable = ITable | Table | TableV2

const otherwise =
  'Use another table, or omit recordsTable and add jobs to your own transactions with items() of outbox-relay/client'

/**
 * Checks what is known of the table at synth. The keys of an imported table are not: a wrong one fails the first write.
 *
 * @throws ConfigError when no change could be committed
 */
export function checkRecordsTable(scope: Construct, table: AnyTable): void {
  const { path } = table.node
  const stack = Stack.of(scope)
  const [region, account] = placeOf(table)
  for (const [what, its, ours] of [
    ['Region', region, stack.region],
    ['account', account, stack.account],
  ] as const)
    if (![its, ours].some(Token.isUnresolved) && its !== ours)
      throw new ConfigError(
        `recordsTable ${path} is in the ${what} ${its}, and the outbox in ${ours}; no transaction of DynamoDB spans both. Use a table of the same ${what}, or put the outbox into the stack of the table`,
      )
  const resource = resourceOf(table)
  if (resource instanceof CfnGlobalTable && resource.multiRegionConsistency === 'STRONG')
    throw new ConfigError(
      `recordsTable ${path} has multi-Region strong consistency, with which DynamoDB has no transactions. Use a table with multiRegionConsistency EVENTUAL`,
    )
  const found = keysOf(table)
  if (found !== undefined && found !== 'pk (S) and sk (S)')
    throw new ConfigError(`recordsTable ${path} has the key ${found}; it must have pk (S) and sk (S). ${otherwise}`)
}

/** Region and account: those of the ARN with which a table was imported, or those of its stack. */
function placeOf({ tableArn, env }: AnyTable): readonly [string, string] {
  const [, , , region = '', account = ''] = Token.isUnresolved(tableArn) ? [] : tableArn.split(':')
  return [region || env.region, account || env.account]
}

interface Key {
  readonly attributeName: string
}

/** The keys of a table or of one of its indexes as text; `undefined` if the index does not exist, or the table is imported. */
export function keysOf(table: AnyTable, index?: string): string | undefined {
  const resource = resourceOf(table)
  if (!resource) return undefined
  const known = Stack.of(table).resolve({
    keySchema: resource.keySchema,
    indexes: resource.globalSecondaryIndexes ?? [],
    attributes: resource.attributeDefinitions,
  })
  const schema: readonly Key[] | undefined =
    index === undefined
      ? known.keySchema
      : known.indexes?.find(({ indexName }: { indexName: string }) => indexName === index)?.keySchema
  const typeOf = (name: string) =>
    known.attributes.find(({ attributeName }: Key) => attributeName === name)?.attributeType
  return schema?.map(({ attributeName }) => `${attributeName} (${typeOf(attributeName)})`).join(' and ')
}

/** Whether the table is one of the same app, so that its indexes are known at the end of the synth. */
export function isOfThisApp(table: AnyTable): boolean {
  return resourceOf(table) !== undefined
}

function resourceOf(table: AnyTable): CfnTable | CfnGlobalTable | undefined {
  const resource = table.node.defaultChild
  return resource instanceof CfnTable || resource instanceof CfnGlobalTable ? resource : undefined
}
