import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { StaticFiles } from '../http-api/static-files.ts'
import type { SesIdentity } from '../model.ts'

export interface Settings {
  /** The command that synthesizes, as `cdk --app` takes it. */
  readonly app: string
  readonly context: Readonly<Record<string, unknown>>
  /** Which stack of the app; needed when it has several. */
  readonly stackName?: string
  readonly port: number
  readonly awsPort: number
  readonly dataDir: string
  /** A DynamoDB Local that runs already and keeps access keys apart. */
  readonly dynamoDbUrl?: string
  readonly files: readonly StaticFiles[]
  /** A function to debug: its name, or the end of it. */
  readonly inspect?: string
  /** Evaluate the alarms once a minute, as CloudWatch does. */
  readonly realTime?: boolean
  /** The identities that SES has verified. Absent: every sender is. */
  readonly sesIdentities?: readonly SesIdentity[]
  /** index.mjs of AWS's runtime interface client (npm aws-lambda-ric), to run the handlers in place of this project's bootstrap. */
  readonly runtimeClient?: string
  /** What the template is made of, beside the functions' sources. Present: changed code is reloaded. */
  readonly watch?: readonly string[]
}

/**
 * From the command line (`--app`, `-c key=value`, `--stack`, `--serve /path=directory`, `--serve-if-there` for one that may be missing,
 * `--watch path`, `--real-time`, `--ses-identity name=default configuration set`), the environment (PORT, AWS_PORT, DATA_DIR, DYNAMODB_URL, INSPECT, LAMBDA_RUNTIME_CLIENT) and cdk.json of
 * the working directory (`app`, `context`). Throws one readable line.
 */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      app: { type: 'string', short: 'a' },
      context: { type: 'string', short: 'c', multiple: true, default: [] },
      stack: { type: 'string' },
      serve: { type: 'string', multiple: true, default: [] },
      'serve-if-there': { type: 'string', multiple: true, default: [] },
      watch: { type: 'string', multiple: true },
      'real-time': { type: 'boolean', default: false },
      'ses-identity': { type: 'string', multiple: true },
    },
  })
  const cdk = existsSync('cdk.json') ? JSON.parse(readFileSync('cdk.json', 'utf8')) : {}
  const app: string | undefined = values.app ?? cdk.app
  if (!app) throw new Error("No app to synthesize. Give one with --app 'node infra/app.ts', or `app` in cdk.json")
  return {
    app,
    context: { ...cdk.context, ...Object.fromEntries(values.context.map(keyAndValue)) },
    port: port(env.PORT || '3000', 'PORT'),
    awsPort: port(env.AWS_PORT || '4566', 'AWS_PORT'),
    dataDir: env.DATA_DIR || '.local',
    dynamoDbUrl: dynamoDbUrl(env.DYNAMODB_URL),
    files: [
      ...values.serve.map((text) => staticFiles(text)),
      ...values['serve-if-there']
        .map((text) => staticFiles(text, true))
        .filter(({ directory }) => isDirectory(directory)),
    ],
    stackName: values.stack,
    watch: values.watch,
    realTime: values['real-time'],
    sesIdentities: values['ses-identity']?.map(sesIdentity),
    inspect: env.INSPECT || undefined,
    runtimeClient: runtimeClient(env.LAMBDA_RUNTIME_CLIENT),
  }
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`-c ${text} is not key=value. Write it like -c stage=local`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function staticFiles(text: string, isOptional = false): StaticFiles {
  const [, path, directory] = /^((?:\/[\w.-]+)+)=(.+)$/.exec(text) ?? []
  if (!path || !directory)
    throw new Error(`--serve ${text} is not /path=directory. Write it like --serve /docs=build/docs`)
  if (isOptional || isDirectory(directory)) return { path, directory }
  throw new Error(`--serve ${text}: there is no directory ${directory}. Build what it should hold first`)
}

function isDirectory(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
}

function sesIdentity(text: string): SesIdentity {
  const [name = '', configurationSet] = text.split('=')
  if (name && configurationSet !== '') return { name, ...(configurationSet && { configurationSet }) }
  throw new Error(
    `--ses-identity ${text} is not an identity. Write it like --ses-identity orders@example.com, or example.com=<its default configuration set>`,
  )
}

function runtimeClient(file: string | undefined): string | undefined {
  if (!file || existsSync(file)) return file || undefined
  throw new Error(
    `LAMBDA_RUNTIME_CLIENT=${file}: there is no such file. Set it to index.mjs of an installed aws-lambda-ric, or remove it`,
  )
}

function dynamoDbUrl(text: string | undefined): string | undefined {
  if (!text || /^http:\/\/[^/]+:\d+$/.test(text)) return text || undefined
  throw new Error(
    `DYNAMODB_URL=${text} is not the address of a DynamoDB Local. Set it to one like http://127.0.0.1:8000, or remove it`,
  )
}

function port(text: string, name: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new Error(`${name}=${text} is not a port. Set it to a number up to 65535, or 0 for a free port`)
}
