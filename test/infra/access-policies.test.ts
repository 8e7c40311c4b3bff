import { expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const statementsOf = (name: string) =>
  prod.named('AWS::IAM::ManagedPolicy', `${name}-<AWS::Region>`).Properties.PolicyDocument.Statement as {
    Sid: string
    Effect: string
    Action: string
    Resource: unknown
  }[]

/** `GET /jobs/*` for each resource of a statement. */
const pathsOf = (statement: ReturnType<typeof statementsOf>[0] | undefined) =>
  [...JSON.stringify(statement?.Resource).matchAll(/\$default\/([A-Z]+)([^"]*)/g)]
    .map(([, verb, path]) => `${verb} ${path}`)
    .sort()

test('the viewer policy allows to view the outbox and to find the stack, and no route of the business', () => {
  const statements = statementsOf('viewer')
  expect(statements.map(({ Effect, Action }) => [Effect, Action])).toEqual([
    ['Allow', 'execute-api:Invoke'],
    ['Allow', 'cloudformation:DescribeStacks'],
  ])
  expect(pathsOf(statements[0])).toEqual([
    'GET /actions',
    'GET /alarms',
    'GET /batches',
    'GET /batches/*',
    'GET /batches/*/jobs',
    'GET /dead-letters',
    'GET /health',
    'GET /jobs',
    'GET /jobs/*',
    'GET /lanes',
    'GET /metrics',
    'GET /openapi.json',
    'GET /schedules',
    'GET /stats',
    'GET /usage',
  ])
  expect(JSON.stringify(statements)).not.toMatch(/POST|DELETE/)
})

test('the operator policy allows actions on jobs, dead letters and lanes, and no route of the business', () => {
  const [look, find, act] = statementsOf('operator')
  expect([look, find]).toEqual(statementsOf('viewer'))
  expect(pathsOf(act)).toEqual([
    'POST /batches',
    'POST /batches/*/jobs',
    'POST /batches/*/seal',
    'POST /dead-letters/redrive',
    'POST /job-batches',
    'POST /jobs',
    'POST /jobs/*/cancel',
    'POST /jobs/*/replay',
    'POST /lanes/*/pause',
    'POST /lanes/*/resume',
    'POST /reconcile',
  ])
})

test('the policies are outputs where IAM authorizes', () => {
  const names = (template: StageTemplate) => Object.keys(template.json.Outputs)
  expect(names(prod)).toEqual(expect.arrayContaining(['ViewerPolicy', 'OperatorPolicy']))
  expect(names(new StageTemplate('local'))).not.toContain('ViewerPolicy')
})

test('the queries of the logs are saved, over all functions of the stack', () => {
  const queries = prod.ofType('AWS::Logs::QueryDefinition').map(({ Properties }) => Properties)
  expect(queries.map(({ Name }) => Name).sort()).toEqual([
    'OutboxRelay-prod/ended by Lambda',
    'OutboxRelay-prod/failures by error',
    'OutboxRelay-prod/one job',
    'OutboxRelay-prod/who did what',
  ])
  const functions = prod.ofType('AWS::Lambda::Function').length
  for (const { LogGroupNames } of queries) expect(LogGroupNames.length).toBe(functions)
})
