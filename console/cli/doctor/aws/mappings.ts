import { GetEventSourceMappingCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type Finding, some } from '../finding.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

/** Whether streams and queues feed their functions. A paused lane is one that is switched off on purpose. */
export async function mappings(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
  prefix: string,
): Promise<Omit<Finding, 'check'>> {
  const all = await ownMappings(client, resources, prefix)
  const off = all.filter(({ state }) => state !== 'Enabled')
  if (off.length === 0) return { state: all.length > 0 ? 'ok' : 'fail', found: `${all.length} enabled` }
  const relay = off.find(({ of }) => of.slice(prefix.length).startsWith('-relay'))
  return {
    state: relay ? 'fail' : 'warn',
    found: some(off.map(({ of, state }) => `${of} is ${state}`)),
    next: relay
      ? `No job reaches its lane meanwhile: aws lambda update-event-source-mapping --enabled --uuid ${relay.UUID}`
      : 'These lanes are paused: `outbox lanes ls` tells by whom and why, `outbox lanes resume <name>` lets one go on',
  }
}

/** The mappings of the outbox, by the function that each feeds. */
export async function ownMappings(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
  prefix: string,
): Promise<{ readonly UUID: string; readonly of: string; readonly state: string; readonly width: number }[]> {
  const found = await Promise.all(
    ofType(resources, 'AWS::Lambda::EventSourceMapping').map(async (UUID) => {
      const {
        FunctionArn = UUID,
        State = 'unknown',
        ScalingConfig,
      } = await client.send(new GetEventSourceMappingCommand({ UUID }))
      return { UUID, of: lastPart(FunctionArn), state: State, width: ScalingConfig?.MaximumConcurrency ?? 0 }
    }),
  )
  return found.filter(({ of }) => of.startsWith(`${prefix}-`))
}
