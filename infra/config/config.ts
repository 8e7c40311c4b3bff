import { stackName } from '../../shared/lib/names.ts'
import { ConfigError } from './config-error.ts'
import { knownKeysOnly, problemsOf } from './config-rules.ts'

/** What differs between stages. Everything else is the same code and the same template everywhere. */
export interface StageConfig {
  /**
   * Whether the diagnostic `probe` job exists. Never on a stage whose data is kept.
   * @default false on prod, else true
   */
  readonly probes: boolean
  /**
   * Whether jobs may post to private addresses and over plain http. Only on this machine, where the receivers are.
   * @default true on local and localstack, else false
   */
  readonly allowPrivateWebhooks: boolean
  /**
   * Type of the API in API Gateway: an HTTP API, or a REST API for the features that only a REST API has (WAF, private
   * endpoints, usage plans). Not for an existing API.
   * @default 'rest' on localstack, else 'http'
   */
  readonly apiType: 'http' | 'rest'
  /**
   * Who may call the API. `iam` wants signed requests, `jwt` a token of `jwtIssuer`; `none` is for this machine only.
   * @default 'none' on local and localstack, else 'iam'
   */
  readonly authorization: 'iam' | 'jwt' | 'none'
  /** @default - none; required with `authorization: 'jwt'` */
  readonly jwtIssuer?: string
  /** Audiences, separated by commas. @default - none; required with `authorization: 'jwt'` */
  readonly jwtAudience?: string
  /** Requests per second that the API admits steadily; beyond that callers get 429. @default 1,000 on prod, 100 on dev */
  readonly requestsPerSecond: number
  /** Requests that it admits at once. @default 2,000 on prod, 200 on dev */
  readonly requestBurst: number
  /** From address of mails, an identity that SES has verified. @default - mails are logged, not sent */
  readonly mailSender?: string
  /** Who hears of alarms. @default - nobody is subscribed to the alarm topic */
  readonly alarmEmail?: string
  /** With `DEBUG` each attempt's start and success is a line. Not above `INFO`: metrics are log lines too. @default 'INFO' */
  readonly logLevel: 'DEBUG' | 'INFO'
  /** Days that logs are kept, a number that CloudWatch Logs knows. @default 90 on prod, 14 on dev, else 1 */
  readonly logRetentionDays: number
  /** X-Ray active tracing of every function. @default false on local and localstack, else true */
  readonly tracing: boolean
  /** Tables and logs survive the stack and cannot be deleted by mistake. @default true on prod, else false */
  readonly keepData: boolean
  /**
   * Whether the stage runs around the clock, so that silence is a fault. A machine sleeps and is switched off.
   * @default false on local and localstack, else true
   */
  readonly alwaysOn: boolean
  /**
   * A customer-managed key for the alarm topic: a dollar a month. Without it SNS encrypts its disks, not each message.
   * @default true on prod, else false
   */
  readonly alarmTopicKey: boolean
  /**
   * A customer-managed key for the secrets of webhooks: a dollar a month. Without it none can be registered.
   * @default true
   */
  readonly secretsKey: boolean
}

export type StageName = 'local' | 'localstack' | 'dev' | 'prod'

/** A stage as the constructs see it. */
export interface Stage {
  readonly name: StageName
  /** What every physical name begins with. */
  readonly prefix: string
  readonly config: StageConfig
  /** Paths of what the functions are bundled with, as `#app/application` and `#app/routes`. */
  readonly modules: Readonly<Record<'application' | 'routes', string>>
}

/** A stage without what runs there. */
export type Settings = Omit<Stage, 'modules'>

const shared = {
  allowPrivateWebhooks: false,
  apiType: 'http',
  authorization: 'iam',
  logLevel: 'INFO',
  tracing: true,
  keepData: false,
  alwaysOn: true,
  alarmTopicKey: false,
  secretsKey: true,
} as const satisfies Partial<StageConfig>

/** A stage on one machine, never meant for an account. */
const onOneMachine = {
  ...shared,
  authorization: 'none',
  probes: true,
  allowPrivateWebhooks: true,
  mailSender: 'orders@example.com',
  // Far above what one machine serves: a benchmark must measure the stack, not the throttle.
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  logRetentionDays: 1,
  tracing: false,
  alwaysOn: false,
} as const satisfies StageConfig

const stages = {
  /** Runs from the synthesized template by `npm start`. */
  local: onOneMachine,
  /** Runs in LocalStack, whose free plan has REST APIs only. */
  localstack: { ...onOneMachine, apiType: 'rest' },
  dev: { ...shared, probes: true, requestsPerSecond: 100, requestBurst: 200, logRetentionDays: 14 },
  prod: {
    ...shared,
    probes: false,
    requestsPerSecond: 1_000,
    requestBurst: 2_000,
    logRetentionDays: 90,
    keepData: true,
    alarmTopicKey: true,
  },
} satisfies Record<StageName, StageConfig>

/**
 * The stage that `-c stage=…` names, with the overrides of the other `-c` keys, checked.
 * @param context what the CDK got by `-c`, `cdk.json` and its kin; keys of the CDK's own (`@aws-cdk/…`, `aws:cdk:…`) pass
 * @throws ConfigError for an unknown stage, an unknown key or a value that cannot work
 */
export function stageFrom(context: Readonly<Record<string, unknown>>): Settings {
  const { stage: name, ...overrides } = knownKeysOnly(context)
  if (!isStage(name))
    throw new ConfigError(
      `Unknown stage "${name}": choose one of ${Object.keys(stages).join(', ')} with -c stage=<name>`,
    )
  return checkedStage(name, { ...stages[name], ...overrides })
}

/** What a stage of this name has, but for what is given instead. @throws ConfigError */
export function stageWith(name: StageName, overrides: Partial<StageConfig>, prefix: string): Settings {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined)
  return checkedStage(name, { ...stages[name], ...Object.fromEntries(given) }, prefix)
}

/** @throws ConfigError naming the stage and every problem, on one line */
export function checkedStage(name: StageName, config: object, prefix = stackName(name)): Settings {
  const problems = [...problemsOf(name, config), ...prefixProblems(prefix)]
  if (problems.length > 0) throw new ConfigError(`Stage "${name}" cannot work: ${problems.join('; ')}`)
  return { name, prefix, config: config as StageConfig }
}

/** The longest physical name is that of a schedule: 64 characters, of which its own name may take 40. */
function prefixProblems(prefix: string): string[] {
  return /^[A-Za-z][A-Za-z0-9-]{0,22}$/.test(prefix)
    ? []
    : [`name is "${prefix}", not 1 to 23 of letters, digits and - that start with a letter`]
}

function isStage(name: unknown): name is StageName {
  return typeof name === 'string' && Object.hasOwn(stages, name)
}
