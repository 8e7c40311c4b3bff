import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { clientSettings } from './client-settings.ts'

/** Starts a function and does not wait for it. @param payload its event, as JSON; `{}` if it needs none */
export async function startFunction(name: string, payload: unknown = {}): Promise<void> {
  const input = { FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify(payload) } as const
  await new LambdaClient(clientSettings).send(new InvokeCommand(input))
}
