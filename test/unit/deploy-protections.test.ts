/** What the deploy asks AWS about a stack, and what it changes there before the CDK runs; AWS is a server of the test. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { xml } from '../../console/test/support/fake-cloudformation.ts'
import { serve } from '../../console/test/support/fake-server.ts'
import { askedOf } from '../../tools/deploy/asked.ts'
import { attachmentsOf } from '../../tools/deploy/attached.ts'
import { deployedStack } from '../../tools/deploy/deployed.ts'
import { releaseFailedCreate } from '../../tools/deploy/failed-create.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_REGION', 'eu-west-1')
})
afterEach(() => vi.unstubAllEnvs())

const asked = askedOf(['-c', 'stage=prod'])
const created = '2026-11-20T10:00:00Z'
const cfn = (action: string, body: string) =>
  xml(
    200,
    `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${body}</${action}Result></${action}Response>`,
  )

interface Table {
  readonly createdAt: string
  readonly status: string
}

/** Answers as AWS would for one stack; returns the changes that were asked for. */
async function fakeAws(status: string, tables: Readonly<Record<string, Table>> = {}): Promise<string[]> {
  const changes: string[] = []
  const server = await serve(async (request) => {
    const target = request.headers.get('x-amz-target')
    const body = await request.text()
    if (target) return dynamodb(target, JSON.parse(body), tables, changes)
    const action = new URLSearchParams(body).get('Action') ?? ''
    if (action === 'UpdateTerminationProtection')
      changes.push(body.replace(/.*(EnableTerminationProtection=\w+).*/, '$1'))
    return cfn(action, action === 'DescribeStacks' ? stackOf(status) : resourcesOf(tables))
  })
  onTestFinished(server.close)
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  return changes
}

const stackOf = (status: string) =>
  `<Stacks><member><StackName>OutboxRelay-prod</StackName><StackStatus>${status}</StackStatus><CreationTime>${created}</CreationTime><EnableTerminationProtection>true</EnableTerminationProtection><Outputs><member><OutputKey>AlarmEmail</OutputKey><OutputValue>ops@example.com</OutputValue></member></Outputs></member></Stacks>`

const resourcesOf = (tables: Readonly<Record<string, Table>>) =>
  `<StackResources>${Object.entries(tables)
    .map(
      ([name, table]) =>
        `<member><PhysicalResourceId>${name}</PhysicalResourceId><ResourceType>AWS::DynamoDB::Table</ResourceType><ResourceStatus>${table.status}</ResourceStatus></member>`,
    )
    .join('')}</StackResources>`

function dynamodb(
  target: string,
  { TableName }: { TableName: string },
  tables: Readonly<Record<string, Table>>,
  changes: string[],
) {
  if (target.endsWith('UpdateTable')) changes.push(`unprotect ${TableName}`)
  const CreationDateTime = Date.parse(tables[TableName]?.createdAt ?? '') / 1000
  return Response.json({ Table: { TableName, CreationDateTime, DeletionProtectionEnabled: true } })
}

test('a stack is described with its status, protection and outputs', async () => {
  await fakeAws('UPDATE_COMPLETE')
  expect(await deployedStack(asked)).toEqual({
    status: 'UPDATE_COMPLETE',
    isProtected: true,
    createdAt: new Date(created),
    outputs: { AlarmEmail: 'ops@example.com' },
  })
})

test('a failed first deploy loses its termination protection, with a word about it', async () => {
  const changes = await fakeAws('ROLLBACK_COMPLETE')
  const said: string[] = []
  await releaseFailedCreate(asked, (await deployedStack(asked))!, (text) => said.push(text))
  expect(changes).toEqual(['EnableTerminationProtection=false'])
  expect(said[0]).toMatch(/OutboxRelay-prod was never complete: its first deploy failed \(ROLLBACK_COMPLETE\)/)
  expect(said[1]).toMatch(/termination protection is switched off/)
})

test('only tables that the failed deploy itself created lose their deletion protection', async () => {
  const changes = await fakeAws('ROLLBACK_FAILED', {
    created: { createdAt: '2026-11-20T10:01:00Z', status: 'DELETE_FAILED' },
    adopted: { createdAt: '2026-10-01T00:00:00Z', status: 'DELETE_FAILED' },
    gone: { createdAt: '2026-11-20T10:01:00Z', status: 'DELETE_COMPLETE' },
  })
  const said: string[] = []
  await releaseFailedCreate(asked, (await deployedStack(asked))!, (text) => said.push(text))
  expect(changes).toEqual(['EnableTerminationProtection=false', 'unprotect created'])
  expect(said.join('\n')).toMatch(/The table adopted is older than the stack. It stays/)
})

test('the identities of a policy are read from IAM, with a signed request', async () => {
  const policyArn = 'arn:aws:iam::123456789012:policy/OutboxRelay-prod-viewer-eu-west-1'
  const server = await serve(async (request) => {
    expect(request.headers.get('authorization')).toMatch(/us-east-1\/iam\/aws4_request/)
    expect(new URLSearchParams(await request.text()).get('PolicyArn')).toBe(policyArn)
    return xml(
      200,
      '<R><PolicyRoles><member><RoleName>on-call</RoleName></member></PolicyRoles><PolicyUsers><member><UserName>ann</UserName></member></PolicyUsers><PolicyGroups/></R>',
    )
  })
  onTestFinished(server.close)
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  const outputs = { ViewerPolicy: policyArn, ApiUrl: 'https://x' }
  expect(await attachmentsOf(asked, outputs)).toEqual([
    { kind: 'role', name: 'on-call', policyArn },
    { kind: 'user', name: 'ann', policyArn },
  ])
})

test('a deployer who may not list identities may destroy', async () => {
  const server = await serve(async () => xml(403, '<ErrorResponse/>'))
  onTestFinished(server.close)
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  expect(await attachmentsOf(asked, { ViewerPolicy: 'arn:aws:iam::123456789012:policy/p' })).toEqual([])
})
