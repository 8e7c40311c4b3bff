import { z } from 'zod'
import type { LambdaFunction } from '../../model.ts'
import { type Place, TemplateError } from '../errors.ts'
import { ignored, number, present, text } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const zip = z.strictObject({ S3Bucket: z.string(), S3Key: z.string() })

const properties = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.custom<{ readonly S3Key: string }>(
    (code) => zip.safeParse(code).success,
    'is not a zip asset of the app: inline code and container images do not run here',
  ),
  Handler: z.string().regex(/^[^.]+\.[\w$]+$/, 'is not file.export'),
  Runtime: z.string().regex(/^nodejs(22|24)\.x$/, 'is not a Node.js runtime of Lambda'),
  Role: z.string(),
  PackageType: z.literal('Zip').optional(),
  Timeout: number.pipe(z.int().min(1).max(900)).default(3),
  MemorySize: number.pipe(z.int().min(128).max(10_240)).default(128),
  ReservedConcurrentExecutions: number.pipe(z.int().min(0)).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), text).default({}) }).optional(),
  Architectures: ignored,
  Description: ignored,
  EphemeralStorage: ignored,
  KmsKeyArn: ignored,
  LoggingConfig: z
    .strictObject({
      ApplicationLogLevel: z.string().optional(),
      LogFormat: ignored,
      LogGroup: ignored,
      /** There are no lines of Lambda's own here. */
      SystemLogLevel: ignored,
    })
    .optional(),
  RecursiveLoop: ignored,
  RuntimeManagementConfig: ignored,
  Tags: ignored,
  TracingConfig: ignored,
  /** Everything is on one machine. */
  VpcConfig: ignored,
})

const functionRule = {
  'AWS::Lambda::Function': {
    identity: ({ name, arn }) => {
      const physical = name('FunctionName')
      return { ref: physical, attributes: { Arn: arn('lambda', `function:${physical}`) } }
    },
    properties,
  } satisfies Rule,
}

const permissionRule = {
  'AWS::Lambda::Permission': {
    identity: ({ logicalId }) => ({ ref: logicalId, attributes: { Id: logicalId } }),
    properties: z.strictObject({
      Action: z.literal('lambda:InvokeFunction'),
      FunctionName: z.string(),
      Principal: z.string(),
      SourceArn: z.string().optional(),
      /** There is one account. */
      SourceAccount: ignored,
    }),
  } satisfies Rule,
}

const eventInvokeRule = {
  'AWS::Lambda::EventInvokeConfig': {
    identity: ({ logicalId }) => ({ ref: logicalId, attributes: {} }),
    properties: z.strictObject({
      FunctionName: z.string(),
      Qualifier: z.literal('$LATEST', 'is not $LATEST; versions and aliases are not emulated'),
      MaximumEventAgeInSeconds: number.pipe(z.int().min(60).max(21_600)).default(21_600),
      MaximumRetryAttempts: number.pipe(z.int().min(0).max(2)).default(2),
    }),
  } satisfies Rule,
}

export const functionRules = { ...functionRule, ...permissionRule, ...eventInvokeRule }

export function readFunctions(resources: Resources, assetDirs: ReadonlyMap<string, string>): LambdaFunction[] {
  const permissions = resources.of(permissionRule)
  const asyncInvoke = readAsyncInvoke(resources)
  return resources.of(functionRule).map((resource) => {
    const { properties, logicalId, ref, attributes } = resource
    checkEnvironment(resource)
    return {
      logicalId,
      name: ref,
      arn: attributes.Arn ?? '',
      codeDir: codeDir(resource, assetDirs),
      handler: properties.Handler,
      runtime: properties.Runtime,
      timeoutSeconds: properties.Timeout,
      memoryMb: properties.MemorySize,
      environment: properties.Environment?.Variables ?? {},
      roleArn: properties.Role,
      permissions: permissions
        .filter((permission) => functionName(permission.properties.FunctionName) === ref)
        .map(({ properties: { Principal, SourceArn } }) => present({ principal: Principal, sourceArn: SourceArn })),
      ...present({
        asyncInvoke: asyncInvoke.get(ref),
        reservedConcurrency: properties.ReservedConcurrentExecutions,
        deadLetterArn: properties.DeadLetterConfig?.TargetArn,
        logLevel: properties.LoggingConfig?.ApplicationLogLevel,
      }),
    }
  })
}

/** By function. Lambda refuses a second configuration of one function. */
function readAsyncInvoke(resources: Resources): Map<string, NonNullable<LambdaFunction['asyncInvoke']>> {
  const names = new Set(resources.of(functionRule).map(({ ref }) => ref))
  const read = new Map<string, NonNullable<LambdaFunction['asyncInvoke']>>()
  for (const resource of resources.of(eventInvokeRule)) {
    const { FunctionName, MaximumEventAgeInSeconds, MaximumRetryAttempts } = resource.properties
    const name = functionName(FunctionName)
    if (!names.has(name))
      throw new TemplateError(resource, `the function ${name} is not in this stack`, 'Define it here')
    if (read.has(name))
      throw new TemplateError(resource, `${name} has another EventInvokeConfig`, 'Keep one of them', {
        refusedByAws: true,
      })
    read.set(name, { maximumAgeSeconds: MaximumEventAgeInSeconds, maximumRetries: MaximumRetryAttempts })
  }
  return read
}

/** Throws for a route to a function that does not run here. */
export function requireFunction(name: string, resources: Resources, place: Place): string {
  if (resources.of(functionRule).some(({ ref }) => ref === name)) return name
  throw new TemplateError(place, `the function ${name} is not in this stack`, 'Define it here')
}

/** The function a name, an ARN, or API Gateway's wrapped ARN speaks of. */
export function functionName(nameOrArn: string): string {
  return /:function:([^:/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn
}

type FunctionResource = Resource<z.infer<typeof properties>>

function codeDir(resource: FunctionResource, assetDirs: ReadonlyMap<string, string>): string {
  const key = resource.properties.Code.S3Key
  const dir = assetDirs.get(key)
  if (dir) return dir
  throw new TemplateError(resource, `no zip asset of this assembly is ${key}`, 'Synthesize the assembly again')
}

/** Lambda: all environment variables together, keys and values, are at most 4 KB. */
function checkEnvironment(resource: FunctionResource): void {
  const bytes = Buffer.byteLength(
    Object.entries(resource.properties.Environment?.Variables ?? {})
      .flat()
      .join(''),
  )
  if (bytes <= 4096) return
  throw new TemplateError(resource, `its environment has ${bytes} bytes`, 'Lambda takes 4096 at most', {
    refusedByAws: true,
  })
}
