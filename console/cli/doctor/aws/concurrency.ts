import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { Finding } from '../finding.ts'
import { ownMappings } from './mappings.ts'
import type { Resource } from './resources.ts'

/** Concurrent executions kept for the API, the relays and what the clock calls, next to the consumers. */
const besidesConsumers = 30

/** Whether the account lets all lanes run as wide as they are set. A new account starts with 10 executions for everything. */
export async function concurrency(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
  prefix: string,
): Promise<Omit<Finding, 'check'>> {
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}))
  const available = AccountLimit?.UnreservedConcurrentExecutions ?? 0
  const mappings = await ownMappings(client, resources, prefix)
  const needed = mappings.reduce((sum, { width }) => sum + width, besidesConsumers)
  const found = `${available} executions for this account and region, ${needed} needed at full load`
  if (available >= needed) return { state: 'ok', found }
  return {
    state: 'warn',
    found,
    next: `Above it Lambda throttles. aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value ${Math.max(1_000, needed)}`,
  }
}
