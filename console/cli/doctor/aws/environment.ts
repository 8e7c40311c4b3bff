import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type Finding, some } from '../finding.ts'
import { ofType, type Resource } from './resources.ts'

/** Bytes of all names and values together; Lambda refuses a function above 4,096. */
const nearLimit = 3_600

/** Whether the variables of a function come near Lambda's limit, which the next lane may exceed. */
export async function environmentSize(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const sizes = await Promise.all(
    ofType(resources, 'AWS::Lambda::Function').map(async (FunctionName) => {
      const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }))
      const text = Object.entries(Environment?.Variables ?? {})
        .flat()
        .join('')
      return { FunctionName, bytes: Buffer.byteLength(text) }
    }),
  )
  const largest = Math.max(0, ...sizes.map(({ bytes }) => bytes))
  const near = sizes.filter(({ bytes }) => bytes > nearLimit)
  if (near.length === 0) return { state: 'ok', found: `at most ${largest} of 4,096 bytes a function` }
  return {
    state: 'warn',
    found: some(near.map(({ FunctionName, bytes }) => `${FunctionName} has ${bytes} of 4,096 bytes`)),
    next: 'Use shorter names of lanes, or fewer lanes: above 4,096 bytes a deploy fails',
  }
}
