import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'

/** Starts a function and does not wait for it. */
export async function startFunction(name: string): Promise<void> {
  await new LambdaClient({ maxAttempts: 3 }).send(new InvokeCommand({ FunctionName: name, InvocationType: 'Event' }))
}
