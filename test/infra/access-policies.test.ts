import { expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const statementsOf = (name: string) =>
  prod.named('AWS::IAM::ManagedPolicy', name).Properties.PolicyDocument.Statement as {
    Sid: string
    Effect: string
    Action: string
    Resource: unknown
  }[]

test('the viewer policy allows to GET and to find the stack, and nothing else', () => {
  const statements = statementsOf('viewer')
  expect(statements.map(({ Effect, Action }) => [Effect, Action])).toEqual([
    ['Allow', 'execute-api:Invoke'],
    ['Allow', 'cloudformation:DescribeStacks'],
  ])
  expect(JSON.stringify(statements[0]?.Resource)).toMatch(/\$default\/GET\/\*/)
  expect(JSON.stringify(statements)).not.toMatch(/POST|DELETE/)
})

test('the operator policy allows actions on jobs, dead letters and lanes, and no route of the business', () => {
  const [look, find, act] = statementsOf('operator')
  expect([look, find]).toEqual(statementsOf('viewer'))
  const paths = [...JSON.stringify(act?.Resource).matchAll(/\$default\/([A-Z]+)([^"]*)/g)].map(
    ([, verb, path]) => `${verb} ${path}`,
  )
  expect(paths.sort()).toEqual([
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
