import { Token } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { ConfigError } from './config-error.ts'
import type { StageConfig } from './stage-config.ts'

type Check = (value: unknown) => boolean

const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value)
const wholeNumber =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high

const numberWithin =
  (low: number, high: number): Check =>
  (value) =>
    typeof value === 'number' && value >= low && value <= high

const email: Check = text(/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/)

/** As RFC 6749 has it, and as long as a route of API Gateway takes it. */
const scope: Check = text(/^[\x21\x23-\x5B\x5D-\x7E]{1,64}$/)

/** Every key of a stage, with the check of its value and the text of the error. Any other key is an error. */
const keys: Record<keyof StageConfig, { is: Check; mustBe: string; optional?: true }> = {
  probes: { is: oneOf(true, false), mustBe: 'true or false' },
  jobIndex: { is: oneOf(true, false), mustBe: 'true or false' },
  allowPrivateWebhooks: { is: oneOf(true, false), mustBe: 'true or false' },
  apiType: { is: oneOf('http', 'rest'), mustBe: 'http or rest' },
  restLogRole: { is: oneOf(true, false), mustBe: 'true or false' },
  authorization: { is: oneOf('iam', 'jwt', 'none'), mustBe: 'iam, jwt or none' },
  jwtIssuer: { is: text(/^https:\/\/[^\s/]+/), mustBe: 'an https URL', optional: true },
  jwtAudience: { is: text(/^[^\s,]+(,[^\s,]+)*$/), mustBe: 'audiences separated by commas', optional: true },
  viewerScope: { is: scope, mustBe: 'one scope of 1 to 64 characters', optional: true },
  operatorScope: { is: scope, mustBe: 'one scope of 1 to 64 characters', optional: true },
  requestsPerSecond: { is: wholeNumber(1, 100_000), mustBe: 'a whole number from 1 to 100000' },
  requestBurst: { is: wholeNumber(1, 100_000), mustBe: 'a whole number from 1 to 100000' },
  mailSender: { is: email, mustBe: 'a bare e-mail address', optional: true },
  alarmEmail: { is: email, mustBe: 'a bare e-mail address', optional: true },
  logLevel: { is: oneOf('DEBUG', 'INFO'), mustBe: 'DEBUG or INFO' },
  logRetentionDays: { is: oneOf(...daysOfLogs()), mustBe: `one of ${daysOfLogs().join(', ')}` },
  tracing: { is: oneOf(true, false), mustBe: 'true or false' },
  otlpEndpoint: {
    is: isEndpoint,
    mustBe: 'an https URL, or an http URL of localhost, without user, query and /v1/traces',
    optional: true,
  },
  otelLayer: {
    is: isLayer,
    mustBe: 'the ARN of a version of a layer for arm64',
    optional: true,
  },
  otelSampleRatio: { is: numberWithin(0, 1), mustBe: 'a number from 0 to 1', optional: true },
  keepData: { is: oneOf(true, false), mustBe: 'true or false' },
  alwaysOn: { is: oneOf(true, false), mustBe: 'true or false' },
  alarmTopicKey: { is: oneOf(true, false), mustBe: 'true or false' },
  secretsKey: { is: oneOf(true, false), mustBe: 'true or false' },
}

/** Stages that never run in an AWS account. */
const onOneMachine = ['local', 'localstack']

/** Rules over several keys, and over a key and the name of the stage. */
const rules: readonly { broken(stage: string, config: StageConfig): boolean; because: string }[] = [
  {
    broken: (stage, config) => !onOneMachine.includes(stage) && config.authorization === 'none',
    because:
      'authorization none is allowed only on local and localstack, because anybody could call the API: use iam or jwt',
  },
  {
    broken: (stage, config) => config.probes && (stage === 'prod' || config.keepData),
    because: 'probes must be false on prod and with keepData, because a probe job can crash consumers',
  },
  {
    broken: (stage, config) => !onOneMachine.includes(stage) && config.allowPrivateWebhooks,
    because:
      'allowPrivateWebhooks is allowed only on local and localstack, because a webhook could reach private addresses of the account',
  },
  {
    broken: (_, config) => config.apiType === 'rest' && config.authorization === 'jwt',
    because: 'authorization jwt needs -c apiType=http, because a REST API has no JWT authorizer',
  },
  {
    broken: (_, config) => config.authorization === 'jwt' && !(config.jwtIssuer && config.jwtAudience),
    because: 'authorization jwt needs jwtIssuer and jwtAudience: add -c jwtIssuer=https://… and -c jwtAudience=…',
  },
  {
    broken: (_, config) => config.authorization !== 'jwt' && Boolean(config.jwtIssuer || config.jwtAudience),
    because: 'jwtIssuer and jwtAudience need authorization jwt: add -c authorization=jwt, or remove them',
  },
  {
    broken: (_, config) => config.authorization === 'jwt' && !(config.viewerScope && config.operatorScope),
    because:
      'authorization jwt needs viewerScope and operatorScope, because every holder of a token could operate jobs otherwise: add -c viewerScope=outbox/read and -c operatorScope=outbox/operate',
  },
  {
    broken: (_, { authorization, viewerScope, operatorScope }) =>
      authorization !== 'jwt' && Boolean(viewerScope) !== Boolean(operatorScope),
    because: 'viewerScope and operatorScope need each other: give both, or remove both',
  },
  {
    broken: (_, { viewerScope, operatorScope }) => viewerScope !== undefined && viewerScope === operatorScope,
    because: 'viewerScope and operatorScope must differ, because every viewer could operate jobs otherwise',
  },
  {
    broken: (_, config) => Boolean(config.otlpEndpoint && config.otelLayer),
    because: 'otlpEndpoint and otelLayer exclude each other, because the layer has an endpoint of its own: remove one',
  },
  {
    broken: (stage, config) => onOneMachine.includes(stage) && config.otelLayer !== undefined,
    because: 'otelLayer is not allowed on local and localstack, which run no layers: use otlpEndpoint',
  },
  {
    broken: (_, config) => config.otelSampleRatio !== undefined && !config.otlpEndpoint && !config.otelLayer,
    because: 'otelSampleRatio needs otlpEndpoint or otelLayer: add one of them, or remove it',
  },
]

/** Returns the problems of a stage's configuration; empty if it is valid. */
export function problemsOf(stage: string, config: object): string[] {
  const unknown = Object.keys(config).filter((key) => !Object.hasOwn(keys, key))
  const wrong = Object.entries(keys).filter(([key, { is, optional }]) => {
    const value = (config as Record<string, unknown>)[key]
    return !(optional && value === undefined) && !is(value)
  })
  return [
    ...unknown.map((key) => `unknown key "${key}" (known: ${Object.keys(keys).join(', ')})`),
    ...wrong.map(([key, { mustBe }]) => `${key} must be ${mustBe}, not ${shown(config, key)}`),
    ...rules.filter((rule) => rule.broken(stage, config as StageConfig)).map((rule) => rule.because),
  ]
}

/** Settings of `-c` that a stage with `keepData` must decide, with the effect of their absence. */
const decided: Readonly<Record<string, string>> = {
  mailSender: 'mails are only logged, and their jobs succeed',
  alarmEmail: 'no address gets the alarms',
}

/** Whether `none` is a value of the setting. */
export function isDecided(key: string): boolean {
  return Object.hasOwn(decided, key)
}

/**
 * Returns the problems of settings that the context leaves open. `-c` counts for one deploy, so a forgotten option would
 * switch off the mails or the alarms of a stage that somebody relies on.
 */
export function undecidedOf(config: Readonly<Record<string, unknown>>): string[] {
  if (config.keepData !== true) return []
  return Object.entries(decided)
    .filter(([key]) => config[key] === undefined)
    .map(([key, effect]) => `a stage with keepData needs -c ${key}=<address>, or -c ${key}=none (then ${effect})`)
}

function shown(config: object, key: string): string {
  const value = (config as Record<string, unknown>)[key]
  return typeof value === 'string' ? `"${value}"` : String(value)
}

/**
 * Returns the context keys of this app. A misspelt key is an error: `-c authorisation=jwt` would otherwise leave the API
 * on IAM without a message. The CDK's own keys contain `:`, `/` or `-`, so a plain word belongs to this app.
 * @throws ConfigError for an unknown key
 */
export function knownKeysOnly(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const ours = Object.entries(context).filter(([key]) => /^[A-Za-z]+$/.test(key))
  const unknown = ours.find(([key]) => key !== 'stage' && !Object.hasOwn(keys, key))
  if (unknown) throw new ConfigError(`Unknown key "${unknown[0]}" (known: stage, ${Object.keys(keys).join(', ')})`)
  // An empty value counts as absent, so that a script can pass on an unset variable.
  return Object.fromEntries(ours.filter(([, value]) => value !== '').map(([key, value]) => [key, fromText(value)]))
}

/** Converts the text of `-c` to the booleans and numbers of the configuration. */
function fromText(value: unknown): unknown {
  if (value === 'true') return true
  if (value === 'false') return false
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

function daysOfLogs(): number[] {
  return Object.values(RetentionDays).filter((value): value is number => typeof value === 'number' && value < 9_999)
}

/** A value that is known at deploy time, such as an ARN with the region of the stack, cannot be checked here. */
const atDeploy: Check = (value) => Token.isUnresolved(value)

/** Spans name jobs and receivers, so they leave this machine over TLS only. */
function isEndpoint(value: unknown): boolean {
  if (atDeploy(value)) return true
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || url.username || url.search || url.hash || /\/v1\/traces\/?$/.test(url.pathname)) return false
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere)
}

function isLayer(value: unknown): boolean {
  const arn = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:(?!\S*amd64)[A-Za-z0-9_-]+:\d+$/
  return atDeploy(value) || text(arn)(value)
}
