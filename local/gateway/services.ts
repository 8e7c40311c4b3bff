import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricStore } from '../metrics.ts'
import type { StackModel } from '../model.ts'
import type { Permissions, Refusal } from '../permissions/permissions.ts'
import type { Engine, Usage } from '../types.ts'
import { type Answer, errorAnswer } from './answer.ts'
import type { Call } from './call.ts'
import { createCloudWatch } from './cloudwatch.ts'
import { createDynamoDb } from './dynamodb.ts'
import { EngineDown } from './engine.ts'
import type { Fault, Faults } from './faults.ts'
import { createKms } from './kms.ts'
import { openKeyMaterial } from './kms-keys.ts'
import { createLambdaApi, type LambdaControl } from './lambda.ts'
import { openMailbox } from './mailbox.ts'
import { createSes } from './ses.ts'
import { type Circumstances, createSqs } from './sqs.ts'

interface Settings {
  readonly model: StackModel
  readonly dynamodb: Engine
  readonly sqs: Engine
  readonly dataDir: string
  readonly usage: Usage
  readonly metrics: MetricStore
}

type Services = Awaited<ReturnType<typeof createServices>>
export type AnswerTo = (call: Call, gone: () => boolean) => Promise<Answer>

/** What performs the calls, and meters those of the stack's functions. */
export async function createServices({ model, usage, metrics, dataDir, ...engines }: Settings, url: () => string) {
  const dynamodb = createDynamoDb({ model, engine: engines.dynamodb, usage, metrics })
  const sqs = await createSqs({ model, engine: engines.sqs, usage, metrics, dataDir, url })
  const ses = createSes({ model, mailbox: await openMailbox(dataDir), usage })
  const lambda = createLambdaApi(model)
  const cloudWatch = createCloudWatch({ model, metrics })
  let functions: LambdaControl['functions'] | undefined
  const material = await openKeyMaterial(
    dataDir,
    model.keys.map(({ keyId }) => keyId),
  )
  const kms = createKms({ model, keys: material, usage })
  return {
    mailRoutes: ses.routes,
    trimRoutes: dynamodb.trimRoutes,
    attach(control: LambdaControl): void {
      lambda.attach(control)
      functions = control.functions
    },
    /** `kill -9` of the process that made a call. Pollers are part of this one, the stack itself. */
    killCaller({ caller, session }: Call): void {
      if (caller.kind === 'mapping') process.kill(process.pid, 'SIGKILL')
      functions?.killSession(session)
    },
    attachAlarms: cloudWatch.attachAlarms,
    perform(call: Call, how: Circumstances): Promise<Answer> {
      if (call.service === 'sqs') return sqs.perform(call, how)
      if (call.service === 'lambda') return lambda.perform(call)
      if (call.service === 'cloudwatch') return cloudWatch.perform(call)
      if (call.service === 'kms') return kms.perform(call)
      return call.service === 'ses' ? ses.perform(call) : dynamodb.perform(call)
    },
    async stop(): Promise<void> {
      await sqs.stop()
      dynamodb.close()
    },
  }
}

/** The way of a call: latency, permission, fault, service. A refused or failed call costs nothing. */
export function answering(parts: {
  permissions: Permissions
  faults: Faults
  effects: { latency(): number }
  services: Services
}): AnswerTo {
  const { permissions, faults, effects, services } = parts
  return async (call, gone) => {
    if (effects.latency() > 0) await sleep(effects.latency())
    const refusal = permissions.refusal(call)
    if (refusal) return refused(call, refusal)
    const fault = faults.pick(call)
    const bent = bentBy(call, fault)
    const how = { disorder: undefined, inPart: false, quota: undefined, ...bent, gone }
    if (!fault || bent) return perform(services, call, how)
    if (fault.when === 'after') await perform(services, call, how)
    if (fault.kill) services.killCaller(call)
    return fault.kill || fault.code === 'ConnectionReset' ? 'reset' : errorAnswer(call.service, fault)
  }
}

/** While its engine is down, a service is unavailable. */
async function perform(services: Services, call: Call, how: Circumstances): Promise<Answer> {
  try {
    return await services.perform(call, how)
  } catch (error) {
    if (!(error instanceof EngineDown)) throw error
    return errorAnswer(call.service, { status: 503, code: 'ServiceUnavailable', message: error.message })
  }
}

/** DynamoDB and KMS refuse with 400, the others with 403. SQS has an error of its own for the key of a queue. */
function refused({ service }: Call, { action = '', message }: Refusal): Answer {
  if (service === 'sqs' && action.startsWith('kms:'))
    return errorAnswer(service, { status: 400, code: 'KMS.AccessDeniedException', shape: 'KmsAccessDenied', message })
  const status = service === 'dynamodb' || service === 'dynamodbstreams' || service === 'kms' ? 400 : 403
  const code = status === 400 || service === 'lambda' ? 'AccessDeniedException' : 'AccessDenied'
  return errorAnswer(service, { status, code, message })
}

/** How a fault changes what a call of SQS does; `undefined` if it makes the call fail, or there is none. */
function bentBy({ service, operation }: Call, fault: Fault | undefined): Partial<Circumstances> | undefined {
  if (service !== 'sqs' || !fault) return undefined
  const { code, quota } = fault
  if (operation === 'SendMessageBatch') return code === 'RefuseSome' ? { inPart: true } : undefined
  if (operation !== 'ReceiveMessage') return undefined
  if (quota !== undefined) return { quota }
  return code === 'DeliverTwice' || code === 'Reorder' ? { disorder: code } : undefined
}
