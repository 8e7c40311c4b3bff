import { parseArgs } from 'node:util'
import cdk from '../../cdk.json' with { type: 'json' }
import { exit, Failure } from '../../console/api-client/failure.ts'

/** What `npm run deploy -- …` was asked for. */
export interface Asked {
  readonly stage: string
  readonly stack: string
  readonly profile: string | undefined
  /** Of `-c`: every key but the stage. */
  readonly context: Readonly<Record<string, string>>
  /** Whether the stage keeps its data when the stack goes. */
  readonly keepsData: boolean
  /** Whether the account is bootstrapped in a way of its own, which only the CDK can find. */
  readonly ownBootstrap: boolean
  /** For the CDK, as they were given. */
  readonly args: readonly string[]
}

const elsewhere: Readonly<Record<string, string>> = {
  local: 'The stage local runs on this machine, not in an account: npm start',
  localstack: 'The stage localstack runs in LocalStack, not in an account: npx node tools/deploy/localstack.ts deploy',
}

/** Reads the few of the CDK's arguments that matter here; all of them go on to the CDK. */
export function askedOf(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      context: { type: 'string', short: 'c', multiple: true },
      profile: { type: 'string' },
      'toolkit-stack-name': { type: 'string' },
    },
  })
  const pairs = ((values.context ?? []) as string[]).map((pair) => pair.split(/=(.*)/s).slice(0, 2))
  const { stage = cdk.context.stage, ...context } = Object.fromEntries(pairs) as Record<string, string>
  if (Object.hasOwn(elsewhere, stage)) throw new Failure(exit.usage, elsewhere[stage] ?? '')
  const profile = typeof values.profile === 'string' ? values.profile : undefined
  const ownBootstrap = values['toolkit-stack-name'] !== undefined || '@aws-cdk/core:bootstrapQualifier' in context
  const keepsData = context.keepData ? context.keepData === 'true' : stage === 'prod'
  return { stage, stack: `OutboxRelay-${stage}`, profile, context, keepsData, ownBootstrap, args }
}
