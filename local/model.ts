/**
 * What a synthesized template says, resolved: every reference is a value, every default is filled in.
 * `template/` makes it, everything else in `local/` reads it. Nothing here knows which application the template is of.
 */

export interface StackModel {
  readonly stackName: string
  readonly accountId: string
  readonly region: string
  readonly tables: readonly Table[]
  readonly queues: readonly Queue[]
  readonly topics: readonly Topic[]
  readonly keys: readonly EncryptionKey[]
  readonly functions: readonly LambdaFunction[]
  readonly roles: readonly Role[]
  /** The template's own managed policies, attached or not. */
  readonly managedPolicies?: readonly { readonly name: string; readonly statements: readonly Statement[] }[]
  readonly mappings: readonly (StreamMapping | QueueMapping)[]
  readonly apis: readonly Api[]
  readonly schedules: readonly Schedule[]
  readonly alarms: readonly Alarm[]
  /** The identities that SES has verified. They are the account's, not the template's. Absent: every sender is verified. */
  readonly sesIdentities?: readonly SesIdentity[]
  /** CloudFormation outputs, resolved. */
  readonly outputs: Readonly<Record<string, string>>
}

interface Resource {
  readonly logicalId: string
}

export interface KeyAttribute {
  readonly name: string
  readonly type: 'S' | 'N' | 'B'
}

export interface Table extends Resource {
  readonly name: string
  readonly arn: string
  readonly partitionKey: KeyAttribute
  readonly sortKey?: KeyAttribute
  readonly indexes: readonly {
    readonly name: string
    readonly partitionKey: KeyAttribute
    readonly sortKey?: KeyAttribute
    readonly projection: { readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; readonly attributes?: readonly string[] }
    /** A local index has the table's partition key, and what it consumes is the table's. @default false */
    readonly isLocal?: boolean
  }[]
  readonly ttlAttribute?: string
  readonly streamViewType?: 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY'
  /** Present when the table has a stream. The label is fixed ("local"), so that the ARN is known before the table exists. */
  readonly streamArn?: string
  /** ARN of the KMS key that every caller needs. Absent: AWS owns or manages the key. */
  readonly keyArn?: string
}

export interface Queue extends Resource {
  readonly name: string
  readonly arn: string
  /** As functions see it: on the local AWS endpoint. */
  readonly url: string
  readonly fifo: boolean
  /** ARN of the KMS key that every caller needs. Absent: AWS owns or manages the key. */
  readonly keyArn?: string
  /** SQS attribute names and values, as CreateQueue takes them (RedrivePolicy and Policy are JSON text). */
  readonly attributes: Readonly<Record<string, string>>
  /** Resource policy statements of AWS::SQS::QueuePolicy. */
  readonly policy: readonly Statement[]
}

export interface Topic extends Resource {
  readonly name: string
  readonly arn: string
}

/** A symmetric KMS key. */
export interface EncryptionKey extends Resource {
  readonly keyId: string
  readonly arn: string
  readonly enabled: boolean
  /** With `alias/` in front. */
  readonly aliases: readonly string[]
  /** The key policy. Unlike elsewhere, identity policies count only as far as it lets the account decide. */
  readonly policy: readonly Statement[]
}

export interface LambdaFunction extends Resource {
  readonly name: string
  readonly arn: string
  /** Directory of the bundled asset. */
  readonly codeDir: string
  /** `file.export`, as the template gives it. */
  readonly handler: string
  readonly runtime: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  readonly reservedConcurrency?: number
  readonly environment: Readonly<Record<string, string>>
  /** What its own code may log, as Lambda's logging controls say. */
  readonly logLevel?: string
  readonly roleArn: string
  /** Its one process can be debugged on this port. */
  readonly inspectPort?: number
  /** What Lambda does with events that nobody waits for: AWS::Lambda::EventInvokeConfig. @default 6 hours, 2 retries */
  readonly asyncInvoke?: { readonly maximumAgeSeconds: number; readonly maximumRetries: number }
  /** Queue for events that it failed on to the last. */
  readonly deadLetterArn?: string
  /** Who may invoke it: AWS::Lambda::Permission. */
  readonly permissions: readonly { readonly principal: string; readonly sourceArn?: string }[]
}

/** A sender that SES has verified. */
export interface SesIdentity {
  /** An address, or a domain with all its addresses and subdomains. */
  readonly name: string
  /** Applies to every mail that names none. */
  readonly configurationSet?: string
}

/** One value or several, as IAM allows in each place. */
export interface Statement {
  readonly sid?: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly notActions?: readonly string[]
  readonly resources: readonly string[]
  readonly principals?: readonly string[]
  /** operator → key → values, as in IAM: `{StringEquals: {'ses:FromAddress': ['a@b.c']}}`. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface Role extends Resource {
  readonly name: string
  readonly arn: string
  readonly trusts: readonly string[]
  /** Inline, attached and managed policies of the template, flattened. */
  readonly statements: readonly Statement[]
  /** ARNs of managed policies that are not in the template, most of them AWS's own. */
  readonly foreignPolicies: readonly string[]
}

interface Mapping extends Resource {
  readonly functionName: string
  readonly enabled: boolean
  readonly batchSize: number
  readonly windowSeconds: number
  readonly reportBatchItemFailures: boolean
  /** FilterCriteria patterns, parsed; a record passes when one of them matches. Empty: all pass. */
  readonly filters: readonly unknown[]
}

export interface StreamMapping extends Mapping {
  readonly kind: 'stream'
  readonly streamArn: string
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST'
  readonly parallelizationFactor: number
  readonly bisectOnError: boolean
  /** -1 is without limit. */
  readonly maximumRetries: number
  /** -1 is without limit. */
  readonly maximumRecordAgeSeconds: number
  /** ARN of an SQS queue or an SNS topic. */
  readonly onFailureArn?: string
}

export interface QueueMapping extends Mapping {
  readonly kind: 'queue'
  readonly queueArn: string
  readonly maximumConcurrency?: number
}

export interface Api extends Resource {
  /** An HTTP API (`AWS::ApiGatewayV2::Api`, payload 2.0), or a REST API (`AWS::ApiGateway::RestApi`, payload 1.0). */
  readonly kind: 'http' | 'rest'
  readonly id: string
  readonly name: string
  /** The stage's name, the first part of every path; only `$default` of an HTTP API is not. */
  readonly stageName: string
  readonly routes: readonly {
    /** `$default`, or `METHOD /path/{name}/{proxy+}`. */
    readonly key: string
    readonly functionName: string
    /** How long the integration may take, in ms. Absent: API Gateway's own limit for this kind. */
    readonly timeoutMs?: number
    readonly authorization: 'NONE' | 'AWS_IAM' | 'JWT'
    readonly authorizer?: {
      readonly issuer: string
      readonly audience: readonly string[]
      readonly scopes: readonly string[]
    }
  }[]
  /** Of a REST API: content types that reach the function in base64. */
  readonly binaryMediaTypes?: readonly string[]
  readonly throttling?: { readonly ratePerSecond: number; readonly burst: number }
  readonly cors?: {
    readonly origins: readonly string[]
    readonly methods: readonly string[]
    readonly headers: readonly string[]
    readonly maxAgeSeconds?: number
  }
}

export interface Schedule extends Resource {
  readonly name: string
  readonly groupName: string
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string
  readonly timezone: string
  readonly enabled: boolean
  readonly functionName: string
  readonly roleArn: string
  /** Text with `<aws.scheduler.scheduled-time>` and its kin still in it. */
  readonly input?: string
  readonly maximumRetries: number
  readonly maximumEventAgeSeconds: number
  readonly deadLetterArn?: string
}

export interface Alarm extends Resource {
  readonly name: string
  readonly description: string
  /** One metric, or metric math over several (`e1 = m1 + m2`). */
  readonly metrics: readonly {
    readonly id: string
    readonly expression?: string
    readonly namespace?: string
    readonly metricName?: string
    readonly dimensions: Readonly<Record<string, string>>
    readonly statistic: string
    readonly periodSeconds: number
    readonly returnData: boolean
  }[]
  readonly comparison: string
  readonly threshold: number
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing'
  readonly actions: readonly string[]
}
