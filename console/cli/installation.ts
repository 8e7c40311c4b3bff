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
