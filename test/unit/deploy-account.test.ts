/** Whether an account is ready for a deploy: found out from a CloudFormation that is a server of ours, over real sockets. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cloudFormation, xml } from '../../console/test/support/fake-cloudformation.ts'
import { serve } from '../../console/test/support/fake-server.ts'
import { readyAccount } from '../../tools/deploy/account.ts'
import { askedOf } from '../../tools/deploy/asked.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
})
afterEach(() => vi.unstubAllEnvs())

async function ready(answer: (request: Request) => Promise<Response>, args: readonly string[] = []): Promise<string> {
  const server = await serve(answer)
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  return readyAccount(askedOf(args))
}

describe('an account', () => {
  test('that is set up is ready', async () => {
    expect(await ready(cloudFormation({ CDKToolkit: 'https://unused.example.com' }))).toBe('eu-west-1')
  })

  test('that is not says how to set it up, in one line', async () => {
    const refusal = ready(cloudFormation({}), ['--profile', 'shop'])
    await expect(refusal).rejects.toThrow(/profile "shop"/)
    await expect(ready(cloudFormation({}))).rejects.toThrow(
      'The CDK has not been set up in this account and region (eu-west-1). Once and for all: npx cdk bootstrap',
    )
  })

  test('with a bootstrap of its own is left to the CDK', async () => {
    expect(await ready(cloudFormation({}), ['--toolkit-stack-name', 'Mine'])).toBe('eu-west-1')
  })

  test('that this role may not look at is left to the CDK', async () => {
    const denied = async () =>
      xml(403, '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>')
    expect(await ready(denied)).toBe('eu-west-1')
  })

  test('whose credentials have expired says how to renew them', async () => {
    await expect(ready(cloudFormation({ CDKToolkit: 'expired' }))).rejects.toThrow(/have expired.*aws sso login/)
  })
})

test('without credentials, and without a region, the line says what to set', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
  await expect(ready(cloudFormation({}))).rejects.toThrow(/No AWS credentials were found to deploy OutboxRelay-dev/)
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  await expect(ready(cloudFormation({}))).rejects.toThrow(/No AWS region is set. Set AWS_REGION/)
})
