import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { synthesize } from '../../../local/command/synthesize.ts'
import { startDynamoDb } from '../../../local/engines/dynamodb.ts'
import { startSqs } from '../../../local/engines/sqs.ts'
import { startGateway } from '../../../local/gateway/gateway.ts'
import { environmentOf } from '../../../local/lambda/environment.ts'
import { createMetrics } from '../../../local/metrics.ts'
import type { LambdaFunction, Role, StackModel, Table } from '../../../local/model.ts'
import { provision } from '../../../local/provision.ts'
import { readStack } from '../../../local/template/load.ts'
import { dataRoot } from '../../../local/test/support/data-root.ts'
import { accessKeyId } from '../../../local/types.ts'
import { createUsage } from '../../../local/usage.ts'
import { forwardedTable, idempotencyTable } from './names.ts'

/** The synthesized stack's tables, queues and bundles on the real engines, without what moves things between them. */
export interface World {
  readonly model: StackModel
  /** Where the synthesized template and the bundles are. */
  readonly assemblyDir: string
  /** Past the meter: for times. */
  readonly direct: Readonly<Record<string, string>>
  /** Through the local AWS endpoint, which meters: for calls and units. */
  readonly metered: Readonly<Record<string, string>>
  readonly gatewayUrl: string
  /** A function of the stack, by its short name: `relay`. */
  functionOf(name: string): LambdaFunction
  /** What the function finds in its environment, with the engines in place of AWS. */
  environmentOf(name: string, by: 'direct' | 'metered'): Record<string, string>
  /** Jobs that the tables were filled with so far; filling is the slowest thing a bench does. */
  filled: number
  stop(): Promise<void>
}

/** Everybody who is measured calls as this function, and may do all: what is compared is cost, not permissions. */
const caller = 'bench'

export interface Assembly {
  /** Where the synthesized template and the bundles are. */
  readonly assemblyDir: string
  readonly stackName: string
  remove(): Promise<void>
}

/** Synthesized once; each world that is started from it begins with empty tables and queues. */
export async function synthesizeWorld(): Promise<Assembly> {
  const assemblyDir = await mkdtemp(join(dataRoot(), 'outbox-bench-cdk-'))
  // As on prod: what is measured is what a job costs there.
  const settings = { app: 'node infra/app.ts', context: { stage: 'local', jobIndex: 'false' } }
  const stackName = await synthesize(settings as never, assemblyDir, new AbortController().signal)
  return { assemblyDir, stackName, remove: () => rm(assemblyDir, { recursive: true, force: true }) }
}

export async function startWorld({ assemblyDir, stackName }: Assembly, say: (line: string) => void): Promise<World> {
  const dataDir = await mkdtemp(join(dataRoot(), 'outbox-bench-'))
  const log = (source: string, line: string) => say(`${source}: ${line}`)
  const model = withPeers(readStack(assemblyDir, stackName, { awsPort: 4566 }))
  const [dynamodb, sqs] = await Promise.all([startDynamoDb({ dataDir, log }), startSqs({ dataDir, log })])
  await provision(model, { dynamodb, sqs })
  const parts = { usage: createUsage(), metrics: createMetrics(), log: () => {} }
  const gateway = await startGateway({ model, dynamodb, sqs, port: 0, dataDir, ...parts })
  // The reconciler asks whether a lane is paused; here none is.
  gateway.attach({
    functions: { killSession: () => {} },
    invocations: { begin: async () => ({ kind: 'ended' }) as never },
    mappings: {
      list: () => model.mappings.map(({ logicalId }) => ({ logicalId, functionName: '', source: '', enabled: true })),
      setEnabled: async () => [],
    },
  })
  const functionOf = (name: string) => {
    const fn = model.functions.find((each) => each.name === `${stackName}-${name}`)
    if (!fn) throw new Error(`The template has no function ${name}.`)
    return fn
  }
  const direct = {
    AWS_ENDPOINT_URL: sqs.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: gateway.url,
    AWS_ENDPOINT_URL_CLOUDWATCH: gateway.url,
    AWS_ACCESS_KEY_ID: 'bench',
  }
  const metered = {
    AWS_ENDPOINT_URL: gateway.url,
    AWS_ACCESS_KEY_ID: accessKeyId({ kind: 'function', functionName: caller }),
  }
  return {
    model,
    assemblyDir,
    direct,
    metered,
    gatewayUrl: gateway.url,
    functionOf,
    filled: 0,
    environmentOf: (name, by) => ({
      ...environmentOf(functionOf(name), model, gateway.url, 'be0c'),
      ...(by === 'direct' ? direct : metered),
      // Mails are logged: what is measured is the way to the job, and the same job with every peer.
      MAIL_SENDER: '',
    }),
    async stop() {
      await gateway.stop()
      await Promise.all([dynamodb.stop(), sqs.stop()])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The stack, and beside it what the peers need. */
function withPeers(model: StackModel): StackModel {
  const role: Role = {
    logicalId: 'BenchRole',
    name: 'bench-role',
    arn: `arn:aws:iam::${model.accountId}:role/bench-role`,
    trusts: ['lambda.amazonaws.com'],
    statements: [
      {
        effect: 'Allow',
        actions: ['dynamodb:*', 'sqs:*', 'lambda:*', 'cloudwatch:*'],
        resources: ['*'],
        conditions: {},
      },
    ],
    foreignPolicies: [],
  } as Role
  const fn = { ...model.functions[0], logicalId: 'Bench', name: caller, roleArn: role.arn } as LambdaFunction
  const pk = { name: 'pk', type: 'S' } as const
  const table = (name: string, more: Partial<Table> = {}): Table => ({
    logicalId: name,
    name,
    arn: `arn:aws:dynamodb:${model.region}:${model.accountId}:table/${name}`,
    partitionKey: pk,
    indexes: [],
    ...more,
  })
  const pending = {
    name: 'pending',
    partitionKey: { name: 'pending', type: 'S' },
    projection: { type: 'ALL' },
  } as const
  return {
    ...model,
    tables: [...model.tables, table(idempotencyTable), table(forwardedTable, { indexes: [pending] })],
    functions: [...model.functions, fn],
    roles: [...model.roles, role],
  }
}
