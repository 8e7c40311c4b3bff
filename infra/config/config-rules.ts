import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { StageConfig } from './config.ts'
import { ConfigError } from './config-error.ts'

type Check = (value: unknown) => boolean

const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value)
const wholeFrom =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high

const email: Check = text(/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/)

/** Every key of a stage: what its value must be, in words and as a check. A key that is not here is refused. */
const keys: Record<keyof StageConfig, { is: Check; mustBe: string; optional?: true }> = {
  probes: { is: oneOf(true, false), mustBe: 'true or false' },
  allowPrivateWebhooks: { is: oneOf(true, false), mustBe: 'true or false' },
  apiType: { is: oneOf('http', 'rest'), mustBe: 'http or rest' },
  authorization: { is: oneOf('iam', 'jwt', 'none'), mustBe: 'iam, jwt or none' },
  jwtIssuer: { is: text(/^https:\/\/[^\s/]+/), mustBe: 'an https URL', optional: true },
  jwtAudience: { is: text(/^[^\s,]+(,[^\s,]+)*$/), mustBe: 'audiences separated by commas', optional: true },
  requestsPerSecond: { is: wholeFrom(1, 100_000), mustBe: 'a whole number from 1 to 100000' },
  requestBurst: { is: wholeFrom(1, 100_000), mustBe: 'a whole number from 1 to 100000' },
  mailSender: { is: email, mustBe: 'a bare e-mail address', optional: true },
  alarmEmail: { is: email, mustBe: 'a bare e-mail address', optional: true },
  logLevel: { is: oneOf('DEBUG', 'INFO'), mustBe: 'DEBUG or INFO' },
  logRetentionDays: { is: oneOf(...daysOfLogs()), mustBe: `one of ${daysOfLogs().join(', ')}` },
  tracing: { is: oneOf(true, false), mustBe: 'true or false' },
  keepData: { is: oneOf(true, false), mustBe: 'true or false' },
  alwaysOn: { is: oneOf(true, false), mustBe: 'true or false' },
  alarmTopicKey: { is: oneOf(true, false), mustBe: 'true or false' },
  secretsKey: { is: oneOf(true, false), mustBe: 'true or false' },
}

/** Stages that are never in an account. */
const onOneMachine = ['local', 'localstack']

/** What no single key can say of itself. */
const rules: readonly { broken(stage: string, config: StageConfig): boolean; because: string }[] = [
  {
    broken: (stage, config) => !onOneMachine.includes(stage) && config.authorization === 'none',
    because: 'authorization none is for the stages local and localstack only: anybody could call the API',
  },
  {
    broken: (stage, config) => config.probes && (stage === 'prod' || config.keepData),
    because: 'probes must be false where data is kept: whoever may post a job could crash consumers at will',
  },
  {
    broken: (stage, config) => !onOneMachine.includes(stage) && config.allowPrivateWebhooks,
    because:
      'allowPrivateWebhooks is for the stages local and localstack only: whoever may add a webhook could reach what only this account can',
  },
  {
    broken: (_, config) => config.apiType === 'rest' && config.authorization === 'jwt',
    because: 'authorization jwt needs -c apiType=http: a REST API has no JWT authorizer',
  },
  {
    broken: (_, config) => config.authorization === 'jwt' && !(config.jwtIssuer && config.jwtAudience),
    because: 'authorization jwt needs -c jwtIssuer=https://… and -c jwtAudience=…',
  },
  {
    broken: (_, config) => config.authorization !== 'jwt' && Boolean(config.jwtIssuer || config.jwtAudience),
    because: 'jwtIssuer and jwtAudience do nothing without -c authorization=jwt',
  },
]

/** What is wrong with a stage's configuration; empty if nothing is. */
export function problemsOf(stage: string, config: object): string[] {
  const unknown = Object.keys(config).filter((key) => !Object.hasOwn(keys, key))
  const wrong = Object.entries(keys).filter(([key, { is, optional }]) => {
    const value = (config as Record<string, unknown>)[key]
    return !(optional && value === undefined) && !is(value)
  })
  return [
    ...unknown.map((key) => `unknown key "${key}"`),
    ...wrong.map(([key, { mustBe }]) => `${key} must be ${mustBe}`),
    ...rules.filter((rule) => rule.broken(stage, config as StageConfig)).map((rule) => rule.because),
  ]
}

/**
 * The context keys that are ours. A misspelt one would otherwise do nothing, silently: `-c authorisation=jwt` would leave
 * the API on IAM. The CDK's own keys carry `:`, `/` or `-`, so a plain word is meant for us.
 * @throws ConfigError
 */
export function knownKeysOnly(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const ours = Object.entries(context).filter(([key]) => /^[A-Za-z]+$/.test(key))
  const unknown = ours.find(([key]) => key !== 'stage' && !Object.hasOwn(keys, key))
  if (unknown) throw new ConfigError(`Unknown key "${unknown[0]}": -c takes stage, ${Object.keys(keys).join(', ')}`)
  // An empty value is as good as none, so that a script may pass on what it has.
  return Object.fromEntries(ours.filter(([, value]) => value !== '').map(([key, value]) => [key, fromText(value)]))
}

/** `-c` gives text; the configuration has booleans and numbers. */
function fromText(value: unknown): unknown {
  if (value === 'true') return true
  if (value === 'false') return false
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
}

function daysOfLogs(): number[] {
  return Object.values(RetentionDays).filter((value): value is number => typeof value === 'number' && value < 9_999)
}
