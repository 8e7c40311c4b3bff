import { GetFunctionEventInvokeConfigCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type Finding, some } from '../finding.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

/** Functions that AWS invokes asynchronously. */
const asynchronous = ['sweep', 'reconcile', 'schedule', 'circuit-breaker']

/**
 * Whether these functions have a delivery of their own. Without one Lambda keeps an event for 6 hours, and an hour of throttled
 * sweeps would all run when the throttling ends.
 */
export async function eventDelivery(
  client: Pick<LambdaClient, 'send'>,
  resources: readonly Resource[],
  prefix: string,
): Promise<Omit<Finding, 'check'>> {
  const names = ofType(resources, 'AWS::Lambda::Function')
    .map(lastPart)
    .filter((id) => asynchronous.some((name) => id === `${prefix}-${name}`))
  const found = await Promise.all(
    names.map(async (FunctionName) => {
      const config = await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })).catch(orNone)
      return { FunctionName, isSet: config?.MaximumEventAgeInSeconds !== undefined }
    }),
  )
  const unset = found.filter(({ isSet }) => !isSet).map(({ FunctionName }) => FunctionName)
  if (unset.length === 0) return { state: 'ok', found: `${names.length} functions` }
  return {
    state: 'fail',
    found: `Lambda's own 6 hours and 2 retries hold for ${some(unset)}`,
    next: 'Somebody removed their event invoke config: deploy the stack again',
  }
}

function orNone(error: unknown): undefined {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
  throw error
}
