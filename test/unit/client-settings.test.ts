/** Every client of AWS has time limits: one call that hangs must not hold a function, or a person at a terminal. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { clientSettings as consoleSettings } from '../../console/api-client/stack.ts'
import { clientSettings } from '../../functions/aws/client-settings.ts'
import { dynamoDb, kms, ses, sqs } from '../../functions/aws/clients.ts'

const root = join(import.meta.dirname, '../..')

/** `new XClient(…)` of each source file that calls AWS, with what it is made with. The local stack calls only itself. */
function clients() {
  const files = globSync('{functions,console,tools,infra,shared,app}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist', 'console/test'],
  })
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...text.matchAll(/new (\w+Client)\(([^;]*?)\)/gs)].map(([, name, made = '']) => ({
      file,
      name,
      made,
      text,
    }))
  })
}

it('is made with the settings of all clients', () => {
  const found = clients()
  expect(found.length).toBeGreaterThan(15)
  const without = found.filter(({ made, text }) => {
    if (/\bclientSettings\b/.test(made)) return false
    return !(/\bsettings\b/.test(made) && /const settings = (\{\s*\.\.\.)?clientSettings\(/.test(text))
  })
  expect(without.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})

interface Limits {
  readonly connectionTimeout?: number
  readonly requestTimeout?: number
  readonly throwOnRequestTimeout?: boolean
}
/** The limits that the SDK has made of its settings; it knows them only after the first request. */
async function limitsOf({ config }: { readonly config: { readonly requestHandler: object } }): Promise<Limits> {
  const { configProvider } = config.requestHandler as { readonly configProvider: Promise<Limits> }
  return configProvider
}

it.each([
  ['DynamoDB', dynamoDb],
  ['SQS', sqs],
  ['SES', ses],
  ['KMS', kms],
  ['Lambda', () => new LambdaClient(clientSettings)],
])('%s gives up well before the function does', async (_, client) => {
  const limits = await limitsOf(client())
  expect(limits).toMatchObject({ connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true })
})

it('the console gives up within half a minute', async () => {
  const settings = consoleSettings({ region: 'eu-west-1' })
  const { connectionTimeout = 0, requestTimeout = 0 } = await limitsOf(new DynamoDBClient(settings))
  expect(connectionTimeout).toBeGreaterThan(0)
  expect(settings.maxAttempts * requestTimeout).toBeLessThanOrEqual(30_000)
})
