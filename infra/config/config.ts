import { stackName } from '../../shared/lib/names.ts'
import { ConfigError } from './config-error.ts'
import { isDecided, knownKeysOnly, problemsOf, undecidedOf } from './config-rules.ts'
import type { StageConfig, StageName, StageSettings } from './stage-config.ts'

const shared = {
  allowPrivateWebhooks: false,
  apiType: 'http',
  restLogRole: true,
  authorization: 'iam',
  logLevel: 'INFO',
  tracing: false,
  keepData: false,
  alwaysOn: true,
  alarmTopicKey: false,
  secretsKey: true,
} as const satisfies Partial<StageConfig>

/** A stage that runs on one machine and never in an AWS account. */
const onOneMachine = {
  ...shared,
  authorization: 'none',
  probes: true,
  jobIndex: true,
  allowPrivateWebhooks: true,
  mailSender: 'orders@example.com',
  // Far above the capacity of one machine, so that a benchmark measures the stack and not the throttle.
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  logRetentionDays: 1,
  alwaysOn: false,
} as const satisfies StageConfig

const stages = {
  /** `npm start` runs it from the synthesized template. */
  local: onOneMachine,
  /** Runs in LocalStack. Its free plan has REST APIs only. */
  localstack: { ...onOneMachine, apiType: 'rest' },
  dev: { ...shared, probes: true, jobIndex: true, requestsPerSecond: 100, requestBurst: 200, logRetentionDays: 14 },
  prod: {
    ...shared,
    probes: false,
    jobIndex: false,
    requestsPerSecond: 1_000,
    requestBurst: 2_000,
    logRetentionDays: 90,
    keepData: true,
  },
} satisfies Record<StageName, StageConfig>

/**
 * Returns the stage that `-c stage=…` names, with the overrides of the other `-c` keys.
 * @param context from `-c` and `cdk.json`; keys of the CDK itself (`@aws-cdk/…`, `aws:cdk:…`) are ignored
 * @throws ConfigError for an unknown stage, an unknown key or an invalid value
 */
export function stageFrom(context: Readonly<Record<string, unknown>>): StageSettings {
  const { stage: name, ...overrides } = knownKeysOnly(context)
  if (!isStage(name))
    throw new ConfigError(
      `Unknown stage "${name}": choose one of ${Object.keys(stages).join(', ')} with -c stage=<name>`,
    )
  const given = { ...stages[name], ...overrides }
  return checkedStage(name, withoutNone(given), stackName(name), undecidedOf(given))
}

/** `none` decides that an optional setting is absent. */
function withoutNone(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => !(value === 'none' && isDecided(key))))
}

/** Returns the defaults of the named stage with the given overrides. @throws ConfigError */
export function stageWith(name: StageName, overrides: Partial<StageConfig>, prefix: string): StageSettings {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined)
  return checkedStage(name, { ...stages[name], ...Object.fromEntries(given) }, prefix)
}

/**
 * @param found problems that the caller found
 * @throws ConfigError with the stage and every problem, on one line
 */
export function checkedStage(
  name: StageName,
  config: object,
  prefix = stackName(name),
  found: readonly string[] = [],
): StageSettings {
  const problems = [...found, ...problemsOf(name, config), ...prefixProblems(prefix)]
  if (problems.length > 0) throw new ConfigError(`Invalid configuration of stage "${name}": ${problems.join('; ')}`)
  return { name, prefix, config: config as StageConfig }
}

/** The longest physical name is that of a schedule: 64 characters, of which its own name may take 40. */
function prefixProblems(prefix: string): string[] {
  return /^[A-Za-z][A-Za-z0-9-]{0,22}$/.test(prefix)
    ? []
    : [`name is "${prefix}"; it must have 1 to 23 letters, digits and hyphens, and begin with a letter`]
}

function isStage(name: unknown): name is StageName {
  return typeof name === 'string' && Object.hasOwn(stages, name)
}
