import { GetEventSourceMappingCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type Finding, some } from '../finding.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

/** Whether streams and queues feed their functions. A paused lane is one that is switched off on purpose. */
export async function mappings(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const all = await Promise.all(
    ofType(resources, 'AWS::Lambda::EventSourceMapping').map(async (UUID) => {
      const mapping = await client.send(new GetEventSourceMappingCommand({ UUID }))
      return { of: lastPart(mapping.FunctionArn ?? UUID), state: mapping.State ?? 'unknown' }
    }),
  )
  const off = all.filter(({ state }) => state !== 'Enabled')
  if (off.length === 0) return { state: all.length > 0 ? 'ok' : 'fail', found: `${all.length} enabled` }
  return {
    state: off.some(({ of }) => of.includes('relay')) ? 'fail' : 'warn',
    found: some(off.map(({ of, state }) => `${of} is ${state}`)),
    next: 'A paused lane: outbox lanes resume <name>. The relay: aws lambda update-event-source-mapping --enabled',
  }
}
