/**
 * The seams between the parts of the local AWS. `main.ts` builds the parts in this order and hands each to the next:
 * engines → gateway → functions → event sources (stream and queue mappings, HTTP API, scheduler) → alarms.
 */

/** One line of news for the person at the terminal, or one log line of a function. */
export type Log = (source: string, line: string) => void

/** A part that runs until it is stopped. `stop` is idempotent and resolves once nothing of the part is left. */
export interface Running {
  stop(): Promise<void>
}

/** DynamoDB Local or the SQS engine: a process, or a server in this process, on a free loopback port. */
export interface Engine extends Running {
  readonly endpoint: string
  /** The access key whose tables are the stack's. @default - the engine has no tables but the stack's */
  readonly accessKeyId?: string
}

/** The local AWS endpoint. */
export interface Gateway extends Running {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Adds a path of the tool's own (`GET /_local/…`); `{name}` in the path becomes a parameter. */
  route(method: string, path: string, handler: RouteHandler): void
}

export type RouteHandler = (request: {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Parsed JSON, `undefined` without a body. */
  readonly body: unknown
}) => Promise<{ readonly status: number; readonly body?: unknown }>

/**
 * Who calls the gateway. It travels as the access key id of the request's credential scope, so that every AWS SDK and
 * CLI can speak for a function; keys that are none of these belong to an operator, who may do everything.
 */
export type Caller =
  | { readonly kind: 'function'; readonly functionName: string }
  /** An event source mapping polls with the execution role of its function, as on AWS. */
  | { readonly kind: 'mapping'; readonly functionName: string }
  | { readonly kind: 'operator'; readonly accessKeyId: string }

const FUNCTION = 'LAMBDA.'
const MAPPING = 'MAPPING.'

/** The access key id under which a caller signs. */
export function accessKeyId(caller: Exclude<Caller, { kind: 'operator' }>): string {
  return (caller.kind === 'function' ? FUNCTION : MAPPING) + caller.functionName
}

/**
 * Secret access key of every key that stands for something of the template: a function, a mapping or a managed policy. The
 * stack does not know the secrets of operators.
 */
export const LOCAL_SECRET = 'local'

/** The caller an access key id stands for. */
export function callerOf(accessKeyId: string): Caller {
  if (accessKeyId.startsWith(FUNCTION)) return { kind: 'function', functionName: accessKeyId.slice(FUNCTION.length) }
  if (accessKeyId.startsWith(MAPPING)) return { kind: 'mapping', functionName: accessKeyId.slice(MAPPING.length) }
  return { kind: 'operator', accessKeyId }
}

export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown; readonly durationMs: number }
  | {
      readonly ok: false
      /** `throttled`: the function never started. All others ran, or tried to. */
      readonly reason: 'error' | 'timeout' | 'exit' | 'out-of-memory' | 'init' | 'throttled' | 'payload-too-large'
      readonly errorType: string
      readonly errorMessage: string
      readonly durationMs: number
    }

export interface Functions extends Running {
  /** Invokes as Lambda does for a synchronous caller. Never throws for what the function did. */
  invoke(functionName: string, event: unknown): Promise<InvokeResult>
  /** The processes that are up, for `/_local/functions`. */
  list(): readonly { name: string; pid: number; busy: boolean; startedAt: string; invocations: number }[]
  /** `kill -9` of every process of the function. Returns how many. */
  kill(functionName: string): number
  /** From now on invocations load the functions' code anew; those that run end in the process they are in. */
  replaceProcesses(functionNames: readonly string[]): void
  /** `kill -9` of the process that signs with this session token, if there still is one. */
  killSession(session: string): void
}

/** What the giver of an event remembers of it, so that it can give it again after a restart. */
export interface Owed {
  /** Attempts that failed so far. */
  readonly failures: number
  /** Called when the event will be tried again. */
  onRetry?(failures: number): void
  /** Called once, when the event succeeded or was dropped. */
  onEnd?(): void
}

/** Asynchronous invocations: Lambda takes the event, and repeats it when the function fails. */
export interface AsyncInvocations extends Running {
  /** Resolves with the result of the first attempt, once it is clear what follows from it. Rejects for an unknown function. */
  begin(functionName: string, event: unknown, owed?: Owed): Promise<InvokeResult>
}

/** Datapoints, as CloudWatch keeps them, for as long as the longest alarm window looks back. */
export interface Metrics {
  put(point: {
    readonly namespace: string
    readonly name: string
    readonly dimensions: Readonly<Record<string, string>>
    readonly value: number
    /** ms since the epoch; now if absent. */
    readonly at?: number
  }): void
}

/** What the stack's functions did, in the units AWS bills: `/_local/usage`. */
export interface Usage {
  invocation(functionName: string, durationMs: number): void
  /** One call of a function, or of the mapping that polls for it. */
  call(
    functionName: string,
    call: string,
    units: { readonly readUnits?: number; readonly writeUnits?: number; readonly requestUnits?: number },
  ): void
}
