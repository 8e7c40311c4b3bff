import type { ApiPorts } from '../api-client/client.ts'
import type { ApiEndpoint } from '../api-client/endpoint.ts'
import type { StackName } from '../api-client/stack.ts'
import type { Finding } from './doctor/finding.ts'

export interface Out {
  readonly isTTY: boolean
  /** Characters in a line of the terminal; no limit where there is none. */
  readonly columns: number
  write(text: string): void
}

/** Everything outside that a command touches, so that a test can be all of it. */
export interface Ports extends ApiPorts {
  /** Of the package. */
  readonly version: string
  readonly stdout: Out
  readonly stderr: Out
  readonly stdin: {
    readonly isTTY: boolean
    text(): Promise<string>
    /** A line that a person types in answer to a question. */
    ask(question: string): Promise<string>
  }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly newId: () => string
  /** Lets the person change a text in their editor; resolves to the text that they saved. */
  readonly edit: (text: string) => Promise<string>
  /** Looks up the API of a deployed stack. */
  readonly findStack: (stack: StackName, flags: string) => Promise<ApiEndpoint>
  /** Examines a deployed stack through AWS itself. */
  readonly inspectStack: (stack: StackName, how: { readonly drift: boolean }) => Promise<readonly Finding[]>
  /** Where the web console lies, built. */
  readonly builtConsole: () => Promise<string>
  /** Runs the local stack in the foreground; resolves to its exit code. */
  readonly localStack: (args: readonly string[]) => Promise<number>
  /** Runs a script of this repository in the foreground; resolves to its exit code. */
  readonly script: (name: string, env: Readonly<Record<string, string>>) => Promise<number>
}

/** What the program starts and serves. It lies elsewhere in the repository than in the published package. */
export interface Installation {
  readonly version: string
  /** The program that runs a CDK app on this machine. */
  readonly localStack: string
  /** The directory of the web console, built. */
  builtConsole(): Promise<string>
  /** The directory with the sample and its npm scripts. @default - the package leaves the sample out */
  readonly sample?: string
}
