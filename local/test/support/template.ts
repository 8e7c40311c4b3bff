import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface TestTemplate {
  /** `Resources` of the template, by logical id. */
  readonly resources: Readonly<Record<string, object>>
  /** Logical id → source of its `index.mjs`. Each becomes an AWS::Lambda::Function with a role; see {@link functionResources}. */
  readonly functions?: Readonly<Record<string, string>>
  /** Further properties of those functions, by logical id: Timeout, Environment, FunctionName, … */
  readonly functionProperties?: Readonly<Record<string, object>>
  /** Statements granted to every function's role. Everything by default, so that only tests of permissions speak of them. */
  readonly statements?: readonly object[]
  /** Other sections: Conditions, Outputs, Parameters, Mappings. */
  readonly sections?: Readonly<Record<string, unknown>>
}

export interface TestAssembly {
  readonly assemblyDir: string
  readonly stackName: string
}

const STACK_NAME = 'Test'
const EVERYTHING = [{ Effect: 'Allow', Action: '*', Resource: '*' }]

/** Writes an assembly as `cdk synth` would: template, asset manifest, a directory per function. Gone after the test. */
export function writeAssembly(template: TestTemplate): TestAssembly {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'assembly-'))
  onTestFinished(() => rmSync(assemblyDir, { recursive: true, force: true }))
  updateAssembly({ assemblyDir, stackName: STACK_NAME }, template)
  return { assemblyDir, stackName: STACK_NAME }
}

/** Writes another template into an assembly that is there, as the next `cdk synth` would. */
export function updateAssembly({ assemblyDir, stackName }: TestAssembly, template: TestTemplate): void {
  const functions = Object.entries(template.functions ?? {})
  for (const [logicalId, source] of functions) {
    mkdirSync(join(assemblyDir, `asset.${logicalId}`), { recursive: true })
    writeFileSync(join(assemblyDir, `asset.${logicalId}`, 'index.mjs'), source)
  }
  const Resources = Object.assign(
    {},
    ...functions.map(([logicalId]) => functionResources(logicalId, template)),
    template.resources,
  )
  const files = Object.fromEntries(functions.map(([logicalId]) => [logicalId, assetOf(logicalId)]))
  write(assemblyDir, `${stackName}.template.json`, { ...template.sections, Resources })
  write(assemblyDir, `${stackName}.assets.json`, { version: '48.0.0', files, dockerImages: {} })
}

/** `<id>` and `<id>Role`. */
function functionResources(logicalId: string, { functionProperties, statements = EVERYTHING }: TestTemplate) {
  const PolicyDocument = { Version: '2012-10-17', Statement: statements }
  return {
    [logicalId]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${logicalId}.zip` },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
        Timeout: 10,
        ...functionProperties?.[logicalId],
      },
    },
    [`${logicalId}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
        },
        ...(statements.length > 0 && { Policies: [{ PolicyName: 'Test', PolicyDocument }] }),
      },
    },
  }
}

function assetOf(logicalId: string) {
  return {
    source: { path: `asset.${logicalId}`, packaging: 'zip' },
    destinations: { current: { bucketName: 'assets', objectKey: `${logicalId}.zip` } },
  }
}

function write(dir: string, file: string, content: unknown): void {
  writeFileSync(join(dir, file), JSON.stringify(content))
}
