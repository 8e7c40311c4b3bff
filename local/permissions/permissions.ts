import type { Call } from '../gateway/call.ts'
import type { EncryptionKey, LambdaFunction, Queue, Role, StackModel, Statement } from '../model.ts'
import type { Log } from '../types.ts'
import { commonContext, needsOf } from './asks.ts'
import { unknownConditions } from './conditions.ts'
import { type Ask, evaluate } from './evaluate.ts'
import { createGrantReport, type GrantReport } from './grant-report.ts'
import { managedStatements } from './managed-policies.ts'
import type { Need } from './need.ts'
import { addressing, delegating } from './principals.ts'

export interface Permissions {
  /** Why AWS would refuse the call; `undefined` if it would not. Operators may do everything. */
  refusal(call: Call): Refusal | undefined
  report(): { functions: Record<string, GrantReport> }
}

export interface Refusal {
  /** Action that is not granted; absent if nobody knows the caller. */
  readonly action?: string
  /** The reason in AWS's words. */
  readonly message: string
}

interface Identity {
  readonly fn: LambdaFunction
  readonly role: Role | undefined
  readonly statements: readonly Statement[]
  readonly conditional: boolean
  readonly grants: ReturnType<typeof createGrantReport>
}

/** Throws if a denial cannot be evaluated here: passing it silently would let run here what AWS refuses. */
export function createPermissions(model: StackModel, log: Log): Permissions {
  const identities = new Map(model.functions.map((fn) => [fn.name, identityOf(fn, model, log)]))
  const evaluated = <T extends Queue | EncryptionKey>(kind: string, all: readonly T[]) =>
    new Map(
      all.map((one) => [
        one.arn,
        { ...one, policy: understood(one.policy, `The policy of ${kind} ${one.logicalId}`, log) },
      ]),
    )
  const queues = evaluated('queue', model.queues)
  const keys = evaluated('key', model.keys)
  noteTlsOnly(model.queues, log)

  return {
    refusal(call) {
      if (call.caller.kind === 'operator') return undefined
      const { functionName } = call.caller
      const identity = identities.get(functionName)
      if (!identity) return { message: `The access key is of function ${functionName}, which the stack does not have.` }
      for (const need of needsOf(call, model)) {
        const message = refusalOf(need, identity, call.region, { queues, keys, model })
        if (!message) continue
        log('permissions', message)
        return { action: need.action, message }
      }
      return undefined
    },
    report: () => ({
      functions: Object.fromEntries([...identities].map(([name, { grants }]) => [name, grants.report()])),
    }),
  }
}

/** What has policies of its own, by ARN. */
interface Owned {
  readonly queues: ReadonlyMap<string, Queue>
  readonly keys: ReadonlyMap<string, EncryptionKey>
  readonly model: StackModel
}

function refusalOf(need: Need, identity: Identity, region: string, { queues, keys, model }: Owned): string | undefined {
  const { fn, role, statements, conditional, grants } = identity
  const attached = need.resources.flatMap((arn) => (queues.get(arn) ?? keys.get(arn))?.policy ?? [])
  const context =
    conditional || attached.length > 0 ? { ...commonContext(model, role, fn, region), ...need.context() } : {}
  const asks: Ask[] = need.resources.map((resource) => ({ action: need.action, resource, context }))
  const byIdentity = asks.map((ask) => {
    const key = keys.get(ask.resource)
    const decided = evaluate(statements, ask)
    // A key's own policy has the first word: only where it hands the decision to the account do other policies count.
    const counts = decided !== 'allowed' || !key || evaluate(delegating(key.policy, model), ask) === 'allowed'
    return counts ? decided : 'not-granted'
  })
  const byResource = asks.map((ask) => evaluate(addressing(attached, role?.arn ?? fn.roleArn, fn.name, model), ask))
  const because = reason(need.action, byIdentity, byResource)
  if (!because) {
    for (const ask of asks) grants.used(ask)
    return undefined
  }
  const resource = need.resources[0] ?? '*'
  grants.refused(need.action, resource)
  const session = `arn:aws:sts::${model.accountId}:assumed-role/${role?.name ?? fn.roleArn.replace(/^.*\//, '')}/${fn.name}`
  return `User: ${session} is not authorized to perform: ${need.action} on resource: ${resource} ${because}`
}

/** A deny on any side wins; within one account an allow on either side is enough. */
function reason(action: string, byIdentity: readonly string[], byResource: readonly string[]): string | undefined {
  if (byIdentity.includes('denied')) return 'with an explicit deny in an identity-based policy'
  if (byResource.includes('denied')) return 'with an explicit deny in a resource-based policy'
  if (byIdentity.includes('allowed') || byResource.includes('allowed')) return undefined
  return `because no identity-based policy allows the ${action} action`
}

function identityOf(fn: LambdaFunction, model: StackModel, log: Log): Identity {
  const role = model.roles.find(({ arn }) => arn === fn.roleArn)
  const managed = (role?.foreignPolicies ?? []).flatMap((arn) => managedOrNone(arn, fn.name, log))
  const statements = understood([...(role?.statements ?? []), ...managed], `A policy of role ${role?.logicalId}`, log)
  const conditional = statements.some(({ conditions }) => Object.keys(conditions).length > 0)
  return { fn, role, statements, conditional, grants: createGrantReport(statements) }
}

/** What only such a policy grants is refused here, so the function learns of it. */
function managedOrNone(arn: string, functionName: string, log: Log): Statement[] {
  const statements = managedStatements(arn)
  if (!statements)
    log(
      'permissions',
      `The grants of ${arn} are not in the template: here ${functionName} is refused what only they allow`,
    )
  return statements ?? []
}

/** Statements about services that nobody calls through the local endpoint may say what they like. */
const EVALUATED = /^(dynamodb|sqs|ses|lambda|cloudwatch|kms|execute-api|\*)/i

/** The statements that can be evaluated here. A grant with an unknown condition grants nothing; a denial with one throws. */
function understood(statements: readonly Statement[], where: string, log: Log): Statement[] {
  return statements.filter(({ effect, actions, notActions, conditions, sid }) => {
    if (!notActions?.length && !actions.some((action) => EVALUATED.test(action))) return true
    const [unknown] = unknownConditions(conditions)
    if (!unknown) return true
    const what = `${where} uses ${unknown} (statement ${sid ?? actions.join(', ')}), which is not evaluated here`
    if (effect === 'Deny') throw new Error(`${what}. Rewrite the condition, or leave the statement out on this stage.`)
    log('permissions', `${what}: it grants nothing here`)
    return false
  })
}

function noteTlsOnly(queues: readonly Queue[], log: Log): void {
  const tlsOnly = queues.filter(({ policy }) =>
    policy.some(({ effect, conditions }) => effect === 'Deny' && 'aws:SecureTransport' in (conditions.Bool ?? {})),
  )
  if (tlsOnly.length === 0) return
  log('permissions', `${tlsOnly.length} queues demand TLS: the loopback connection of this endpoint counts as TLS`)
}
