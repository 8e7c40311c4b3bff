/** The settings of a stage. Everything else is the same code and the same template on every stage. */
export interface StageConfig {
  /**
   * Adds the diagnostic `probe` job. Not allowed on prod, and not on a stage with `keepData`.
   * @default false on prod, otherwise true
   */
  readonly probes: boolean
  /**
   * Adds an index of all jobs, so that `GET /jobs` lists jobs with any status. Each job costs one write unit more. Without it,
   * scheduled, retrying and dead jobs are listed.
   * @default false on prod, otherwise true
   */
  readonly jobIndex: boolean
  /**
   * Lets jobs post to private addresses and over plain HTTP. Allowed only on local and localstack, whose receivers run
   * on the same machine.
   * @default true on local and localstack, otherwise false
   */
  readonly allowPrivateWebhooks: boolean
  /**
   * Type of the API in API Gateway: an HTTP API, or a REST API for the features that only a REST API has (WAF, private
   * endpoints, usage plans). It does not apply to an existing API.
   * @default 'rest' on localstack, otherwise 'http'
   */
  readonly apiType: 'http' | 'rest'
  /**
   * Sets the role with which all REST APIs of the region log, and owns it. Only one stack of a region may own the role: when
   * its stack goes, no REST API of the region can log. It applies to `apiType: 'rest'` only.
   * @default true
   */
  readonly restLogRole: boolean
  /**
   * Authorization of the API's callers. `iam` needs requests signed with AWS credentials, `jwt` needs a token of
   * `jwtIssuer`, and for operators' routes one with a scope. `none` is allowed only on local and localstack.
   * @default 'none' on local and localstack, otherwise 'iam'
   */
  readonly authorization: 'iam' | 'jwt' | 'none'
  /**
   * `https` URL of the issuer of tokens. Required with `authorization: 'jwt'`, not allowed without.
   * @default - none
   */
  readonly jwtIssuer?: string
  /**
   * Audiences of tokens, separated by commas. Required with `authorization: 'jwt'`, not allowed without.
   * @default - none
   */
  readonly jwtAudience?: string
  /**
   * Scope of tokens whose holders view jobs and records: 1 to 64 characters without spaces, such as `outbox/read`. Required
   * with `authorization: 'jwt'`. It also counts for an `authorizer` of an existing API.
   * @default - none
   */
  readonly viewerScope?: string
  /**
   * Scope of tokens whose holders view and operate jobs: 1 to 64 characters without spaces, such as `outbox/operate`, and not
   * `viewerScope`. Required with `authorization: 'jwt'`. It also counts for an `authorizer` of an existing API.
   * @default - none
   */
  readonly operatorScope?: string
  /**
   * Steady rate of the API in requests per second, 1 to 100,000. Callers above it get 429. It does not apply to an
   * existing API.
   * @default 1,000 on prod, 100 on dev, 10,000 on local and localstack
   */
  readonly requestsPerSecond: number
  /**
   * Burst of the API: the number of requests that it accepts at once, 1 to 100,000. It does not apply to an existing API.
   * @default 2,000 on prod, 200 on dev, 5,000 on local and localstack
   */
  readonly requestBurst: number
  /**
   * Sender address of mails: a bare e-mail address that SES has verified. `-c mailSender=none` declares that there is none.
   * @default - mails are logged and not sent; on local and localstack 'orders@example.com'
   */
  readonly mailSender?: string
  /**
   * Address that is subscribed to the alarm topic: a bare e-mail address. `-c alarmEmail=none` declares that there is none.
   * @default - no subscription
   */
  readonly alarmEmail?: string
  /**
   * Lowest level of the functions' log lines. `DEBUG` adds a line for the start and the success of each attempt. There is
   * no level above `INFO`, because the metrics of jobs are log lines of that level.
   * @default 'INFO'
   */
  readonly logLevel: 'DEBUG' | 'INFO'
  /**
   * Retention of the logs in days: a value of CloudWatch Logs, such as 1, 7, 14, 30, 90, 365.
   * @default 90 on prod, 14 on dev, 1 on local and localstack
   */
  readonly logRetentionDays: number
  /**
   * Traces every function, and a REST API, with X-Ray, at 5 dollars per million traces. X-Ray records one request a second
   * of each function, and 5 % of the others.
   * @default false
   */
  readonly tracing: boolean
  /**
   * URL of an OpenTelemetry collector, without `/v1/traces`. The traces of jobs are exported to it (OTLP over HTTP): `https`,
   * or `http` on this machine. The packages of OpenTelemetry must be installed.
   * @default - no traces are exported
   */
  readonly otlpEndpoint?: string
  /**
   * ARN of a version of the ADOT collector's layer for arm64, in the region of the stack. The functions that run jobs export
   * their traces to it, and it exports them to X-Ray. Not allowed on local and localstack, and not with `otlpEndpoint`.
   * @default - no layer
   */
  readonly otelLayer?: string
  /**
   * Share of the traces that begin in the stack which is exported, 0 to 1. A caller that sends `traceparent` decides for its
   * own trace. It needs `otlpEndpoint` or `otelLayer`.
   * @default 1
   */
  readonly otelSampleRatio?: number
  /**
   * Keeps tables, queues, logs and the key of secrets when the stack is deleted, and protects the tables and the sample's
   * stack from deletion.
   * @default true on prod, otherwise false
   */
  readonly keepData: boolean
  /**
   * Declares that the stage runs around the clock, so that a missing metric of the sweeper is a fault. A machine that
   * sleeps or is switched off is not always on.
   * @default false on local and localstack, otherwise true
   */
  readonly alwaysOn: boolean
  /**
   * Encrypts the messages of the alarm topic with a customer managed key, at one dollar a month. Without it SNS encrypts
   * its disks only; an alarm names lanes and functions, and no job. It does not apply to an existing topic.
   * @default false
   */
  readonly alarmTopicKey: boolean
  /**
   * Adds a customer managed key for secrets, such as those of webhooks, at one dollar a month. Without it no webhook can be
   * registered.
   * @default true
   */
  readonly secretsKey: boolean
}

/** Name of a stage, whose defaults apply: `local` and `localstack` run on one machine, `dev` and `prod` in AWS. */
export type StageName = 'local' | 'localstack' | 'dev' | 'prod'

/** A stage with checked settings. */
export interface StageSettings {
  readonly name: StageName
  /** Prefix of every physical name. */
  readonly prefix: string
  readonly config: StageConfig
}

/** A stage with the application that its functions run. */
export interface Stage extends StageSettings {
  /** Paths of the modules that are bundled into the functions as `#app/application` and `#app/routes`. */
  readonly modules: Readonly<Record<'application' | 'routes', string>>
}
